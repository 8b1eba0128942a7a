"""Settings of the store 存储: a ClickHouse server, or chDB in a process behind a wall 隔离."""

from enum import StrEnum

from pydantic import ConfigDict, Field

from hub.settings.base import CommonSettings
from hub.settings.kafka import KafkaSettings
from hub.settings.sealing import SealingSettings
from hub.settings.town import TownSettings


class StoreSettings(CommonSettings):
    """Connection to the store, and retention of its rows."""

    model_config = ConfigDict(title="Store 存储")

    clickhouse: str = Field(
        default="",
        description="URL of a ClickHouse server, http://user:password@host:8123/db; empty: the"
        " embedded chDB",
    )
    clickhouse_replicated: bool = Field(
        default=False,
        description="whether the database of that server has the engine Replicated",
    )
    store_url: str = Field(
        default="",
        description="SQL endpoint from which the other processes read; empty: the store itself",
    )
    store_port: int = Field(
        default=8124,
        description="port of the embedded engine for the hub's own processes, always on 127.0.0.1",
    )
    parts_every: float = Field(
        default=30.0,
        description="pause between two checks of the parts that the embedded engine has merged",
    )
    keep_contacts: int = Field(
        default=1095,
        description="days after which sealed contact details, and visits to people of the register,"
        " are deleted; 0: never",
    )
    keep_audit: int = Field(
        default=1825, description="days after which entries of the audit are deleted; 0: never"
    )
    keep_rows: int = Field(
        default=3650,
        description="days after which events, finished cases and photos are deleted; 0: never",
    )

    @property
    def sql_endpoint(self) -> str:
        """URL of the endpoint from which other processes read the store."""
        return self.store_url or self.clickhouse or f"http://127.0.0.1:{self.store_port}/"

    @property
    def own_sql_endpoint(self) -> bool:
        """Whether that is the embedded engine's endpoint, for which the processes have a token."""
        return not (self.store_url or self.clickhouse)


class WallMode(StrEnum):
    """What the engine's process does if the kernel has no Landlock."""

    AUTO = "auto"
    """It starts without a wall and warns."""
    REQUIRED = "required"
    """It does not start."""


class WallSettings(SealingSettings, StoreSettings, KafkaSettings, TownSettings):
    """The wall around the engine's process: what it may open and connect to."""

    model_config = ConfigDict(title="Wall around the engine 隔离")

    wall: WallMode = Field(
        default=WallMode.AUTO,
        description="if the kernel cannot close files to the engine: auto starts with a warning,"
        " required does not start",
    )
    wall_ports: str = Field(
        default="",
        description="ports that the engine may connect to, separated by commas; empty: the port of"
        " the embedded broker, or any port if HUB_KAFKA is set",
    )
