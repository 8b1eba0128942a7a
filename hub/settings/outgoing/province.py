"""Settings of several cities 多城一省: what a city publishes, and the page above the cities."""

from pathlib import Path

from pydantic import ConfigDict, Field

from hub.settings.accounts import AccountSettings
from hub.settings.outgoing.networks import OutboundSettings
from hub.settings.store import StoreSettings
from schemas.province import SMALLEST


class CityFiguresSettings(StoreSettings):
    """What a city lets a province know."""

    model_config = ConfigDict(title="Figures for a province 上报数据")

    figures_smallest: int = Field(
        default=SMALLEST,
        ge=SMALLEST,
        le=1000,
        description="lowest count that leaves the city; lower ones are hidden or counted together",
    )


class ProvinceSettings(OutboundSettings, AccountSettings):
    """Which cities `hub province run` reads, how often, and where its page is."""

    model_config = ConfigDict(title="Province 省级汇总")

    province_cities: Path | None = Field(
        default=None,
        description="CSV file with the cities: code, name, address, token file, inhabitants; empty:"
        " cities.csv in the data folder",
    )
    province_port: int = Field(default=8806, description="HTTP port of the page")
    province_every: float = Field(default=900.0, gt=0, description="pause between two rounds")
    province_timeout: float = Field(
        default=20.0, gt=0, description="time within which a city must answer completely"
    )
