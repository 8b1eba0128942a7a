"""Settings of attachments 附件: where they may be fetched from, and their limits."""

from pydantic import ConfigDict, Field

from hub.settings.base import CommonSettings


class AttachmentSettings(CommonSettings):
    """Limits of attachments that the workbench fetches from their source."""

    model_config = ConfigDict(title="Attachments 附件")

    attachment_hosts: str = Field(
        default="",
        description="hosts, separated by commas, whose attachments are fetched although they are"
        " at private addresses or unusual ports, such as the picture server of the hotline",
    )
    attachment_bytes: int = Field(
        default=100 * 1024 * 1024, ge=1, description="largest attachment that is passed on"
    )
    attachment_seconds: float = Field(
        default=60.0, gt=0, description="time within which an attachment must arrive"
    )
