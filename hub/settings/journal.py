"""Settings of the journal of raw messages 日志."""

from pydantic import ConfigDict, Field

from hub.settings.sealing import SealingSettings


class JournalSettings(SealingSettings):
    """Retention and size of the journal of raw messages."""

    model_config = ConfigDict(title="Journal 日志")

    journal_keep: int = Field(
        default=30 * 86400,
        description="age at which an entry that is stored and published is deleted",
    )
    journal_max: int = Field(
        default=20 * 1024**3, description="size at which the intake answers 503"
    )
