"""Settings of the overview 一网通管: its pages and live figures."""

from pydantic import ConfigDict, Field

from hub.settings.accounts import AccountSettings
from hub.settings.attachments import AttachmentSettings
from hub.settings.kafka import KafkaSettings
from hub.settings.sealing import SealingSettings
from hub.settings.store import StoreSettings
from hub.settings.town import RatingSettings, TownSettings
from hub.settings.web import IntakeAddress, TrackingSettings


class OverviewSettings(
    AccountSettings,
    SealingSettings,
    TrackingSettings,
    IntakeAddress,
    StoreSettings,
    KafkaSettings,
    TownSettings,
    RatingSettings,
    AttachmentSettings,
):
    """Port of the overview, and bounds of its live figures."""

    model_config = ConfigDict(title="Overview 一网通管")

    overview_port: int = Field(default=8800, description="HTTP port of the overview")
    scopes_limit: str = Field(
        default="60/minute",
        description="areas for which one viewer may cause a new computation of figures; figures"
        " that are in memory do not count",
    )
    scopes_kept: int = Field(
        default=256, ge=1, description="combinations of role and area whose figures stay in memory"
    )
    scopes_at_once: int = Field(
        default=2,
        ge=1,
        description="combinations of role and area whose figures are computed at once",
    )
    entry_limit: str = Field(
        default="120/hour",
        description="reports that one member may enter by hand; each overview process counts by"
        " itself",
    )
    register_looks: int = Field(
        default=40,
        ge=1,
        description="people of the register that one member may open in a day; as many lists of a"
        " grid. The day is that of Beijing; the audit is what counts",
    )
    register_misses: int = Field(
        default=5,
        ge=1,
        description="look-ups of a day in which a member names nobody whom he may open; then he"
        " opens nobody until the next day",
    )
    listeners: int = Field(
        default=400, ge=1, description="open connections for live figures at once"
    )
    listeners_each: int = Field(
        default=10,
        ge=1,
        description="open connections for live figures of one staff member, or of one address",
    )
