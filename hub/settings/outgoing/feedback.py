"""Settings of what the hub sends: feedback to the channels 反馈, the digest 一日一研判."""

from pathlib import Path

from pydantic import ConfigDict, Field

from hub.settings.accounts import AccountSettings
from hub.settings.kafka import KafkaSettings
from hub.settings.outgoing.mail import MailSettings
from hub.settings.sealing import SealingSettings
from hub.settings.store import StoreSettings
from hub.settings.town import TownSettings
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


class DigestSettings(AccountSettings, FeedbackSettings, TownSettings):
    """When the daily digest is sent, and to whom."""

    model_config = ConfigDict(title="Digest 一日一研判")

    digest_at: str = Field(
        default="",
        pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$",
        description="time of the day in Beijing, such as 07:30, at which yesterday's digest is"
        " written and mailed; empty: only by hub digest",
    )
    digest_to: str = Field(
        default="", description="mail addresses that get the digest, separated by commas"
    )
    digest_from: str = Field(default="", description="mail address that sends it")
