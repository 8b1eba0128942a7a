"""Addresses 反馈去向: where each channel receives feedback, as a YAML file of the city states."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hub.runtime.errors import HubError
from hub.runtime.paths import DataPaths
from hub.settings.outgoing.feedback import FeedbackSettings
from schemas.channel import Channel

KNOWN = frozenset({"url", "sender", "app_secret", "folder"})


class AddressError(HubError, ValueError):
    """The file of addresses is invalid. The message names the place and the reason."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where one channel receives feedback. Fields that its transport does not use are empty.

    HTTP, WeChat and databases use `url`, mail uses `sender` (the From header), return files use
    `folder`, and WeChat also uses `app_secret`.
    """

    url: str = ""
    sender: str = ""
    app_secret: str = ""
    folder: str = ""


def addresses_path(settings: FeedbackSettings) -> Path:
    """Return the path of the file of addresses."""
    return settings.feedback_file or DataPaths(settings.data).feedback_addresses


def load_addresses(settings: FeedbackSettings) -> Mapping[str, Address]:
    """Return the addresses by channel, or none without a file; raises `AddressError`."""
    path = addresses_path(settings)
    if not path.exists():
        return {}
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise AddressError(f"{path} is not valid YAML: {error}") from error
    if not isinstance(document, dict):
        raise AddressError(f"{path} must map channels to addresses")
    return {
        str(channel): _address(str(path), str(channel), address)
        for channel, address in document.items()
    }


def _address(path: str, channel: str, fields: Any) -> Address:
    if channel not in set(Channel):
        raise AddressError(f"{path}: no channel {channel}; known are {', '.join(Channel)}")
    if not isinstance(fields, dict) or set(fields) - KNOWN:
        raise AddressError(f"{path}: {channel} may have only {', '.join(sorted(KNOWN))}")
    return Address(**{name: str(value) for name, value in fields.items()})
