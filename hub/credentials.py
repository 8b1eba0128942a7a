"""Channel credentials 渠道凭据: read from a file of mode 0600, made at the first start."""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_hex, token_urlsafe

import click
import yaml

from connectors.contract import DecodeContext, Secrets
from hub.private_file import create_private
from hub.settings import Settings
from schemas.channel import Channel

SIGNED = (
    Channel.HOTLINE_12345,
    Channel.CONSUMER_12315,
    Channel.URBAN_12319,
    Channel.GOVERNANCE_PLATFORM,
    Channel.GRID_PATROL,
)
"""Channels that push over HTTP and sign what they push."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Per channel: name → value."""

    channels: Mapping[str, Mapping[str, str]]

    def value(self, channel: str, name: str) -> str:
        """Return one credential, or empty where none is set: then nothing is accepted by it."""
        return self.channels.get(channel, {}).get(name, "")

    def contexts(self) -> dict[str, DecodeContext]:
        """Return what each decoder needs of them."""
        return {
            channel: DecodeContext(secrets=Secrets(values))
            for channel, values in self.channels.items()
        }


def load_or_create_credentials(settings: Settings) -> Credentials:
    """Return the credentials; where no file is, draw them at random and say so."""
    path = settings.secrets_file or settings.data / "secrets.yaml"
    if create_private(path, yaml.safe_dump(_draw())):
        click.echo(f"hub: made the channels' credentials: {path}", err=True)
    return Credentials(yaml.safe_load(path.read_text(encoding="utf-8")) or {})


def _draw() -> dict[str, dict[str, str]]:
    drawn = {str(channel): {"secret": token_urlsafe(32)} for channel in SIGNED}
    aes_key = base64.b64encode(os.urandom(32)).decode().rstrip("=")
    drawn[str(Channel.WECHAT_OFFICIAL)] = {
        "token": token_hex(16),
        "encoding_aes_key": aes_key,
        "app_id": f"wx{token_hex(8)}",
    }
    drawn[str(Channel.OPEN311)] = {"api_key": token_urlsafe(24)}
    drawn["admin"] = {"token": token_urlsafe(32)}
    return drawn
