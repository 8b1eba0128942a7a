"""Settings of outgoing mail 邮件."""

from pydantic import ConfigDict, Field, SecretStr

from hub.settings.base import CommonSettings


class MailSettings(CommonSettings):
    """The server that takes the mails of the hub."""

    model_config = ConfigDict(title="Outgoing mail 邮件")

    smtp_url: SecretStr = Field(
        default=SecretStr(""), description="mail server: smtp:// or smtps://user:password@host:port"
    )
