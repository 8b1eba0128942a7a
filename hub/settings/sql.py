"""The staff's SQL port 查询端口."""

from pydantic import Field

from hub.settings.accounts import AccountSettings
from hub.settings.store import StoreSettings
from hub.settings.town import TownSettings


class SqlSettings(
    AccountSettings,
    StoreSettings,
    TownSettings,
):
    """Bounds of one query of the staff."""

    sql_port: int = Field(default=8123, description="port of the read-only SQL endpoint")
    sql_seconds: int = Field(default=30, description="how long one query of the staff may take")
    sql_rows: int = Field(
        default=1_000_000, description="rows that one query of the staff may give"
    )
    sql_memory: int = Field(
        default=2 * 1024**3, description="memory that one query of the staff may take"
    )
