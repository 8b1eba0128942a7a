"""Settings 配置: the one catalogue of all of them, read from `HUB_*` in the environment.

Each module of this package is one group: the settings that one package of the hub needs.
"""

from pydantic_settings import BaseSettings, SettingsConfigDict

from hub.settings.base import ProcessSettings
from hub.settings.feedback import FeedbackSettings
from hub.settings.intake import IntakeSettings
from hub.settings.overview import OverviewSettings
from hub.settings.sql import SqlSettings
from hub.settings.store import WallSettings
from hub.settings.worker import SinkSettings, WorkerSettings


class Settings(
    OverviewSettings,
    SqlSettings,
    FeedbackSettings,
    WallSettings,
    IntakeSettings,
    SinkSettings,
    WorkerSettings,
    ProcessSettings,
    BaseSettings,
):
    """Every setting, read from the environment; only programs use it whole."""

    model_config = SettingsConfigDict(env_prefix="HUB_", frozen=True)
