"""Settings of notifications 通知: webhooks, and notices to the staff."""

from pydantic import ConfigDict, Field

from hub.settings.kafka import KafkaSettings
from hub.settings.outgoing.mail import MailSettings
from hub.settings.store import StoreSettings
from hub.settings.web import StaffAddress


class NotificationSettings(StaffAddress, MailSettings, StoreSettings, KafkaSettings):
    """Where notifications may be sent to."""

    model_config = ConfigDict(title="Notifications 通知")

    outbound_networks: str = Field(
        default="",
        description="private networks that webhooks and robots may be in, separated by commas, such"
        " as 10.20.0.0/16; empty: only public addresses, and only over https",
    )
