"""Settings 配置: the catalogue of all settings, read from environment variables `HUB_*`.

Each module of this package has the settings of one subject, as one or more groups (classes).
"""

from typing import Any

from pydantic_settings import BaseSettings, SettingsConfigDict

from hub.settings.base import ProcessSettings
from hub.settings.intake import IntakeSettings
from hub.settings.learning import LearningSettings
from hub.settings.outgoing.feedback import DigestSettings
from hub.settings.outgoing.notifications import NotificationSettings
from hub.settings.outgoing.province import CityFiguresSettings, ProvinceSettings
from hub.settings.overview import OverviewSettings
from hub.settings.sql import SqlSettings
from hub.settings.store import WallSettings
from hub.settings.worker import SinkSettings, WorkerSettings
from schemas.topic import use_partitions


class Settings(
    OverviewSettings,
    SqlSettings,
    DigestSettings,
    NotificationSettings,
    ProvinceSettings,
    CityFiguresSettings,
    LearningSettings,
    WallSettings,
    IntakeSettings,
    SinkSettings,
    WorkerSettings,
    ProcessSettings,
    BaseSettings,
):
    """All groups in one object, read from the environment. Only programs use it as a whole."""

    model_config = SettingsConfigDict(env_prefix="HUB_", frozen=True)

    def model_post_init(self, _: Any) -> None:
        """Use the number of partitions in this process: a program reads its settings first."""
        use_partitions(self.partitions)
