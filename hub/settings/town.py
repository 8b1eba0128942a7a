"""Settings of the town's files 基础数据: registers, rules and learnt models."""

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
