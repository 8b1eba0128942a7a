"""Feedback to the channels 反馈."""

from pathlib import Path

from pydantic import Field, SecretStr

from hub.settings.kafka import KafkaSettings
from hub.settings.sealing import SealingSettings
from hub.settings.store import StoreSettings
from hub.settings.tracking import TrackingSettings


class FeedbackSettings(SealingSettings, TrackingSettings, StoreSettings, KafkaSettings):
    """Where and how often feedback is delivered."""

    feedback_file: Path | None = Field(
        default=None, description="YAML of where each channel is told; empty: in the data folder"
    )
    feedback_every: float = Field(default=60.0, description="pause between two return files")
    feedback_retry: float = Field(default=5.0, description="first pause before telling again")
    smtp_url: SecretStr = Field(
        default=SecretStr(""), description="smtp:// or smtps://user:password@host:port"
    )
