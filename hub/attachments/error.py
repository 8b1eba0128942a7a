"""Why an attachment cannot be shown 附件错误."""

from hub.runtime.errors import HubError


class AttachmentError(HubError, RuntimeError):
    """An attachment cannot be fetched; the message is what the member of staff reads, in Chinese.

    It has no address in it: an attachment's link may identify a person.
    """


class TooManyPixelsError(AttachmentError):
    """An image has more pixels than the hub decodes."""
