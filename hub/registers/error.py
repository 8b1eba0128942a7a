"""The error of a file that is no register 台账错误."""

from hub.runtime.errors import HubError


class RegisterError(HubError, ValueError):
    """A file of a register cannot be used; the message has the file and what to do."""
