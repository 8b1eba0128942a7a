"""Settings of learning from the city's own decisions 学习."""

from pydantic import ConfigDict, Field

from hub.settings.store import StoreSettings
from hub.settings.town import TownSettings


class LearningSettings(StoreSettings, TownSettings):
    """Whose decisions `hub learn` learns from, and how many it needs."""

    model_config = ConfigDict(title="Learning 学习")

    learn_programs: str = Field(
        default="",
        description="actors that are programs, separated by commas; they send commands by rules of"
        " their own, so nothing is learnt from them",
    )
    learn_persons: int = Field(
        default=2, ge=1, description="fewest persons whose decisions are learnt from"
    )
    learn_categories: int = Field(
        default=200, ge=20, description="fewest categories that persons have decided"
    )
    learn_pairs: int = Field(
        default=100, ge=20, description="fewest pairs of cases that persons have decided"
    )
    learn_held_out: int = Field(
        default=30,
        ge=1,
        description="days before the last decision; the decisions of these days only measure",
    )
    learn_most: int = Field(
        default=20_000,
        ge=1000,
        description="most decisions of a kind that are learnt from; of more, a part is drawn",
    )

    @property
    def programs(self) -> frozenset[str]:
        """Names of the actors that are programs."""
        return frozenset(filter(None, (name.strip() for name in self.learn_programs.split(","))))
