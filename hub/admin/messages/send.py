"""`hub send`: send files as messages of a channel 投递, signed as its system would sign them."""

import json
import mimetypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from hub.runtime.errors import HubError
from hub.security.credentials import SIGNED, load_or_create_credentials
from hub.settings import Settings
from hub.web.signature import push_headers

TYPES = {".ndjson": "application/x-ndjson", ".json": "application/json", ".xml": "application/xml"}


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that the intake has answered; `detail` is its receipt, or why it was refused."""

    name: str
    accepted: bool
    detail: str

    def __str__(self) -> str:
        return f"{self.name}: {self.detail}"


def send_files(settings: Settings, channel: str, files: Sequence[Path]) -> Iterator[SentFile]:
    """Send each file, and yield its result once the intake has answered.

    Raises `HubError` if the channel is not pushed over HTTP, or if no intake answers.
    """
    if channel not in SIGNED:
        raise HubError(f"{channel} is not pushed over HTTP; these are: {', '.join(SIGNED)}")
    secret = load_or_create_credentials(settings).value(channel, "secret")
    url = f"http://{settings.host}:{settings.intake_port}/v1/intake/{channel}"
    for path in files:
        body = path.read_bytes()
        yield _send(url, path.name, body, {**push_headers(secret, body), **_content_headers(path)})


def _send(url: str, name: str, body: bytes, headers: dict[str, str]) -> SentFile:
    try:
        request = Request(url, data=body, headers=headers)  # noqa: S310 - our own intake
        with urlopen(request, timeout=60) as response:  # noqa: S310
            return SentFile(name, True, f"receipt {json.load(response)['receipt_id']}")
    except HTTPError as error:
        return SentFile(name, False, error.read().decode("utf-8", "replace"))
    except URLError as error:
        raise HubError(f"no intake at {url} ({error.reason}); start it with hub up") from error


def _content_headers(path: Path) -> dict[str, str]:
    """Return the type and the encoding of a file, by the endings of its name."""
    suffixes, headers = path.suffixes, {}
    if suffixes[-1:] == [".gz"]:
        headers["Content-Encoding"] = "gzip"
        suffixes = suffixes[:-1]
    suffix = suffixes[-1] if suffixes else ""
    guess = mimetypes.guess_type(f"x{suffix}")[0] or "application/octet-stream"
    return {**headers, "Content-Type": TYPES.get(suffix, guess)}
