"""Mutual TLS 双向认证 at the intake: a port where every sender shows a certificate.

It comes on top of the signature: a channel's certificate has the channel as its common name, so
that the certificate of one office lets nobody push for another.
"""

import ssl
from typing import Any

from aiohttp import web

from hub.settings.web import MutualTlsSettings
from hub.web.problem import Problem, ProblemError


def context(settings: MutualTlsSettings) -> ssl.SSLContext:
    """Return the context of that port; raises `OSError` and `ssl.SSLError` for unusable files."""
    made = ssl.create_default_context(
        ssl.Purpose.CLIENT_AUTH, cafile=str(settings.mutual_ca) if settings.mutual_ca else None
    )
    if settings.mutual_cert is None or settings.mutual_ca is None:
        raise OSError("HUB_MUTUAL_PORT needs HUB_MUTUAL_CERT, HUB_MUTUAL_KEY and HUB_MUTUAL_CA")
    made.load_cert_chain(settings.mutual_cert, settings.mutual_key)
    made.verify_mode = ssl.CERT_REQUIRED
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    return made


def check(settings: MutualTlsSettings, request: web.Request, channel: str) -> bool:
    """Return whether the channel has shown its certificate.

    Raises `ProblemError` where it must show one and has not shown its own.
    """
    shown = request.transport.get_extra_info("peercert") if request.transport else None
    names = _common_names(shown or {})
    if channel in settings.mutual_channels and channel not in names:
        told = f"shown: {', '.join(names) or 'none'}; wanted: common name {channel}"
        raise ProblemError(Problem.CERTIFICATE_NEEDED, told)
    if names and channel not in names:
        raise ProblemError(Problem.CERTIFICATE_NEEDED, f"{', '.join(names)} is not {channel}")
    return bool(names)


def _common_names(certificate: dict[str, Any]) -> list[str]:
    parts = [pair for part in certificate.get("subject", ()) for pair in part]
    return [value for name, value in parts if name == "commonName"]
