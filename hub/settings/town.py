"""The town's files 基础数据: registers, rules and learnt weights."""

from pathlib import Path

from pydantic import Field

from hub.settings.base import CommonSettings

SHIPPED_TOWN = Path(__file__).parents[1] / "town" / "shipped"
SHIPPED_MODELS = Path(__file__).parents[1] / "town" / "shipped_models"


class TownSettings(CommonSettings):
    """Where the town's files lie."""

    town: Path = Field(default=SHIPPED_TOWN, description="folder of the base registers")
    models: Path = Field(
        default=SHIPPED_MODELS, description="folder of the learnt weights; an empty one: defaults"
    )
