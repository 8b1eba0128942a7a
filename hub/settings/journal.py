"""The journal of raw messages 日志."""

from pydantic import Field

from hub.settings.sealing import SealingSettings


class JournalSettings(SealingSettings):
    """How long the journal keeps messages, and how large it may grow."""

    journal_keep: int = Field(default=30 * 86400, description="age at which a settled entry goes")
    journal_max: int = Field(default=20 * 1024**3, description="size at which the intake says 503")
