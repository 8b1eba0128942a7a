"""Settings of the SQL port for staff 查询端口."""

from pydantic import ConfigDict, Field

from hub.settings.accounts import AccountSettings
from hub.settings.store import StoreSettings
from hub.settings.town import TownSettings


class SqlSettings(
    AccountSettings,
    StoreSettings,
    TownSettings,
):
    """Port and bounds of the queries of the staff."""

    model_config = ConfigDict(title="SQL for staff 查询端口")

    sql_port: int = Field(default=8123, description="port of the read-only SQL endpoint")
    sql_seconds: int = Field(default=30, description="longest time of one query of the staff")
    sql_rows: int = Field(
        default=1_000_000, description="most rows in the result of one query of the staff"
    )
    sql_memory: int = Field(
        default=2 * 1024**3, description="most memory that one query of the staff may use"
    )
