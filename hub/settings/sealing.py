"""Settings of keys 密钥 and of the credentials of the channels."""

from enum import StrEnum
from pathlib import Path

from pydantic import ConfigDict, Field

from hub.settings.base import CommonSettings


class Suite(StrEnum):
    """Cipher that seals. Each sealed value names its cipher, so a change needs no conversion."""

    AES = "aes"
    """AES-256-GCM"""
    SM4 = "sm4"
    """国密 SM4-GCM, GB/T 32907-2016"""


class SealingSettings(CommonSettings):
    """Files of keys and credentials, and the cipher for personal data."""

    model_config = ConfigDict(title="Keys and credentials 密钥")

    key_file: Path | None = Field(
        default=None,
        description="file with the 32-byte keys that seal personal data; empty: seal.key in the"
        " data folder",
    )
    seal_with: Suite = Field(
        default=Suite.AES, description="cipher for new values: aes, or sm4 (国密)"
    )
    secrets_file: Path | None = Field(
        default=None,
        description="YAML file with the credentials of the channels; empty: secrets.yaml in the"
        " data folder",
    )
