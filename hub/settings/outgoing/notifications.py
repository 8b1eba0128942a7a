"""Settings of notifications 通知: webhooks, and notices to the staff."""

from pydantic import ConfigDict

from hub.settings.kafka import KafkaSettings
from hub.settings.outgoing.mail import MailSettings
from hub.settings.outgoing.networks import OutboundSettings
from hub.settings.store import StoreSettings
from hub.settings.web import StaffAddress


class NotificationSettings(
    OutboundSettings, StaffAddress, MailSettings, StoreSettings, KafkaSettings
):
    """What notifications need: addresses, mail, the store and the entries of the cases."""

    model_config = ConfigDict(title="Notifications 通知")
