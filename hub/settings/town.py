"""Settings of the town 基础数据: its registers, rules and models, and how departments are rated."""

from pathlib import Path

from pydantic import ConfigDict, Field, SecretStr

from hub.settings.base import CommonSettings

SHIPPED_TOWN = Path(__file__).parents[1] / "town" / "shipped"
SHIPPED_MODELS = Path(__file__).parents[1] / "town" / "shipped_models"


class TownSettings(CommonSettings):
    """Folders of the town's registers and of the learnt models."""

    model_config = ConfigDict(title="Town 基础数据")

    town: Path = Field(default=SHIPPED_TOWN, description="folder of the registers, plans and rules")
    models: Path = Field(
        default=SHIPPED_MODELS,
        description="folder of the learnt models; defaults replace missing files",
    )
    registers_url: SecretStr = Field(
        default=SecretStr(""),
        description="SQLAlchemy URL of the database that `hub registers` asks by a file .sql",
    )


class RatingSettings(CommonSettings):
    """How townships rate the departments of the county, and which figures are shown."""

    model_config = ConfigDict(title="Ratings of departments 以下评上")

    rating_days: int = Field(
        default=60,
        ge=1,
        description="days after a case is settled in which a township may rate the departments that"
        " it had asked",
    )
    rating_smallest: int = Field(
        default=5,
        ge=3,
        description="smallest number of ratings of a department that are shown; a month with fewer"
        " is shown together with the months after it",
    )
    rating_townships: int = Field(
        default=3,
        ge=2,
        description="smallest number of townships from which the ratings that are shown come; with"
        " two, each of them can compute what the other one has rated",
    )
    rating_township_weight: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="weight of the townships in the score of a department; the rest is the"
        " citizens'",
    )
