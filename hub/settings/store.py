"""The store 存储: a ClickHouse server, or chDB in a process of its own behind a wall 隔离."""

from enum import StrEnum

from pydantic import Field

from hub.settings.base import CommonSettings
from hub.settings.kafka import KafkaSettings
from hub.settings.sealing import SealingSettings
from hub.settings.town import TownSettings


class StoreSettings(CommonSettings):
    """How the hub reaches the store, and how long rows are kept."""

    clickhouse: str = Field(
        default="", description="ClickHouse URL http://user:password@host:8123/db; empty: chDB"
    )
    clickhouse_replicated: bool = Field(
        default=False,
        description="whether its database is of engine Replicated: tables are kept by all replicas",
    )
    store_url: str = Field(
        default="", description="SQL endpoint that other processes read; empty: ours"
    )
    store_port: int = Field(
        default=8124,
        description="port of the engine for the hub's own processes, on 127.0.0.1 always",
    )
    parts_every: float = Field(
        default=30.0, description="pause between two looks at what the engine has merged"
    )
    keep_contacts: int = Field(
        default=1095, description="days after which sealed contact details go; 0: never"
    )
    keep_audit: int = Field(default=1825, description="days that the audit is kept; 0: for ever")
    keep_rows: int = Field(
        default=3650, description="days that events and finished cases are kept; 0: for ever"
    )

    @property
    def sql_endpoint(self) -> str:
        """URL of the endpoint that other processes read the store by."""
        return self.store_url or self.clickhouse or f"http://127.0.0.1:{self.store_port}/"

    @property
    def own_sql_endpoint(self) -> bool:
        """Whether that is the engine's own, where the hub's processes have a token."""
        return not (self.store_url or self.clickhouse)


class WallMode(StrEnum):
    """What the engine's process does where the kernel has no Landlock."""

    AUTO = "auto"
    """It starts without, and warns."""
    REQUIRED = "required"
    """It does not start."""


class WallSettings(SealingSettings, StoreSettings, KafkaSettings, TownSettings):
    """What the engine's process may open."""

    wall: WallMode = Field(
        default=WallMode.AUTO,
        description="auto: warn where the kernel cannot close files to the engine; required: do not"
        " start then",
    )
    wall_ports: str = Field(
        default="",
        description="ports that the engine may connect to, by commas; empty: the embedded broker's,"
        " with HUB_KAFKA any",
    )
