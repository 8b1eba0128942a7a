"""Settings of the feedback to the channels 反馈."""

from pathlib import Path

from pydantic import ConfigDict, Field

from hub.settings.kafka import KafkaSettings
from hub.settings.mail import MailSettings
from hub.settings.sealing import SealingSettings
from hub.settings.store import StoreSettings
from hub.settings.web import TrackingSettings


class FeedbackSettings(
    SealingSettings, TrackingSettings, MailSettings, StoreSettings, KafkaSettings
):
    """Where feedback is delivered, and how often."""

    model_config = ConfigDict(title="Feedback 反馈")

    feedback_file: Path | None = Field(
        default=None,
        description="YAML file with the address of each channel's receiver; empty: feedback.yaml in"
        " the data folder",
    )
    feedback_every: float = Field(
        default=60.0, description="pause between two return files of a channel"
    )
    feedback_retry: float = Field(
        default=5.0, description="pause before the first retry of a delivery"
    )
