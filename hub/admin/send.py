"""`hub send`: files as messages of a channel, signed as its system would sign them."""

import json
import mimetypes
from collections.abc import Sequence
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import click

from hub.runtime.errors import HubError
from hub.security.credentials import SIGNED, load_or_create_credentials
from hub.settings import Settings
from hub.web.signature import push_headers

TYPES = {".ndjson": "application/x-ndjson", ".json": "application/json", ".xml": "application/xml"}


def send_files(settings: Settings, channel: str, files: Sequence[Path]) -> int:
    """Send each file; return 0 where all were taken, else 1; raises `HubError`."""
    if channel not in SIGNED:
        detail = f"{channel} is not pushed over HTTP; these are: {', '.join(SIGNED)}"
        raise HubError(detail)
    secret = load_or_create_credentials(settings).value(channel, "secret")
    url = f"http://{settings.host}:{settings.intake_port}/v1/intake/{channel}"
    refused = 0
    for path in files:
        body = path.read_bytes()
        headers = push_headers(secret, body)
        suffixes = path.suffixes or [""]
        if suffixes[-1] == ".gz":
            headers["Content-Encoding"] = "gzip"
            suffixes = suffixes[:-1] or [""]
        guess = mimetypes.guess_type(f"x{suffixes[-1]}")[0] or "application/octet-stream"
        headers["Content-Type"] = TYPES.get(suffixes[-1], guess)
        try:
            with urlopen(Request(url, data=body, headers=headers), timeout=60) as answer:
                click.echo(f"{path.name}: receipt {json.load(answer)['receipt_id']}")
        except HTTPError as error:
            refused += 1
            click.echo(f"{path.name}: {error.read().decode('utf-8', 'replace')}", err=True)
        except URLError as error:
            detail = f"no intake at {url} ({error.reason}); start it with hub up"
            raise HubError(detail) from error
    return 1 if refused else 0
