"""Keys 密钥 and the credentials of the channels."""

from enum import StrEnum
from pathlib import Path

from pydantic import Field

from hub.settings.base import CommonSettings


class Suite(StrEnum):
    """Which cipher seals; what one has sealed opens whichever is set now."""

    AES = "aes"
    """AES-256-GCM"""
    SM4 = "sm4"
    """国密 SM4-GCM, GB/T 32907-2016"""


class SealingSettings(CommonSettings):
    """Where the keys lie, and which cipher seals."""

    key_file: Path | None = Field(
        default=None, description="32-byte key that seals personal data; empty: in the data folder"
    )
    seal_with: Suite = Field(default=Suite.AES, description="cipher that seals: aes, or sm4 国密")
    secrets_file: Path | None = Field(
        default=None, description="YAML of channel credentials; empty: in the data folder"
    )
