"""The intake 接入: pushes, and the sources that it polls."""

from pydantic import Field, SecretStr

from hub.settings.journal import JournalSettings
from hub.settings.kafka import KafkaSettings
from hub.settings.store import StoreSettings
from hub.settings.town import TownSettings
from hub.settings.tracking import TrackingSettings
from hub.settings.web import BodySettings, MutualTlsSettings


class IntakeSettings(
    JournalSettings,
    BodySettings,
    MutualTlsSettings,
    TrackingSettings,
    StoreSettings,
    KafkaSettings,
    TownSettings,
):
    """What the intake listens to and polls."""

    intake_port: int = Field(default=8801, description="port of the intake (HTTP)")
    replay_window: int = Field(default=300, description="how old a signed request may be")
    keep_files: int = Field(
        default=30,
        description="days after which files in drop/*/done and drop/*/rejected, and mails in"
        " maildir/cur, are deleted; 0: never",
    )
    poll_every: float = Field(default=5.0, description="pause between two polls of a source")
    leader_board_url: str = Field(default="", description="API of the leader message board")
    environment_url: SecretStr = Field(
        default=SecretStr(""), description="SQLAlchemy URL of the 12369 database"
    )
    imap_url: SecretStr = Field(default=SecretStr(""), description="imaps://user:password@host/")
    open311_limit: str = Field(
        default="60/minute", description="how often one address may ask for lists of Open311"
    )
    duties_every: float = Field(
        default=600.0, description="pause between two looks at what patrols and visits are over"
    )
