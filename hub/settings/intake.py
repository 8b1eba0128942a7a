"""Settings of the intake 接入: pushed messages, and the sources that it polls."""

from pydantic import ConfigDict, Field, SecretStr

from hub.settings.journal import JournalSettings
from hub.settings.kafka import KafkaSettings
from hub.settings.store import StoreSettings
from hub.settings.town import TownSettings
from hub.settings.web import BodySettings, IntakeAddress, MutualTlsSettings, TrackingSettings


class IntakeSettings(
    JournalSettings,
    BodySettings,
    MutualTlsSettings,
    TrackingSettings,
    IntakeAddress,
    StoreSettings,
    KafkaSettings,
    TownSettings,
):
    """Ports, polled sources and drop files of the intake."""

    model_config = ConfigDict(title="Intake 接入")

    replay_window: int = Field(default=300, description="largest age of a signed request")
    keep_files: int = Field(
        default=30,
        description="days after which files in drop/*/done and drop/*/rejected, and mails in"
        " maildir/cur, are deleted; 0: never",
    )
    files_still: float = Field(
        default=3.0,
        ge=0,
        description="seconds for which a dropped file must not change before it is read",
    )
    poll_every: float = Field(default=5.0, description="pause between two polls of a source")
    leader_board_url: str = Field(
        default="", description="URL of the API of the leader message board; empty: not polled"
    )
    service_items_url: SecretStr = Field(
        default=SecretStr(""),
        description="URL of the API of a window system with service items; empty: not polled",
    )
    environment_url: SecretStr = Field(
        default=SecretStr(""), description="SQLAlchemy URL of the 12369 database; empty: not polled"
    )
    imap_url: SecretStr = Field(
        default=SecretStr(""), description="mailbox: imaps://user:password@host/; empty: not polled"
    )
    open311_limit: str = Field(
        default="60/minute", description="Open311 lists that one address may request"
    )
    duties_every: float = Field(
        default=600.0,
        description="pause between two searches for patrols and visits whose time is over",
    )
