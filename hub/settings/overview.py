"""The overview 一网通管: its pages and live figures."""

from pydantic import Field

from hub.settings.accounts import AccountSettings
from hub.settings.kafka import KafkaSettings
from hub.settings.sealing import SealingSettings
from hub.settings.store import StoreSettings
from hub.settings.town import TownSettings


class OverviewSettings(
    AccountSettings, SealingSettings, StoreSettings, KafkaSettings, TownSettings
):
    """What the overview shows to whom, and how much it keeps."""

    overview_port: int = Field(default=8800, description="port of the overview page")
    scopes_limit: str = Field(
        default="60/minute",
        description="for how many areas one viewer may have figures worked out that nobody has"
        " asked for lately",
    )
    scopes_kept: int = Field(
        default=256, ge=1, description="roles and areas whose figures the overview keeps in memory"
    )
    scopes_at_once: int = Field(
        default=2, ge=1, description="roles and areas whose figures are worked out at once"
    )
    listeners: int = Field(
        default=400, ge=1, description="pages that may listen to live figures at once"
    )
    listeners_each: int = Field(
        default=10,
        ge=1,
        description="how many of them may be of one member of the staff, or of one address",
    )
