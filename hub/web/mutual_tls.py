"""Mutual TLS 双向认证 at the intake: a port where every sender must show a certificate.

The signature of a message is required too. The common name of a certificate is the channel, so one
office cannot push messages for another.
"""

import ssl
from typing import Any

from aiohttp import web

from hub.settings.web import MutualTlsSettings
from hub.web.problem import Problem, ProblemError


def context(settings: MutualTlsSettings) -> ssl.SSLContext:
    """Return the TLS context of that port; raises `OSError` or `ssl.SSLError` for bad files."""
    tls = ssl.create_default_context(
        ssl.Purpose.CLIENT_AUTH, cafile=str(settings.mutual_ca) if settings.mutual_ca else None
    )
    if settings.mutual_cert is None or settings.mutual_ca is None:
        raise OSError("HUB_MUTUAL_PORT needs HUB_MUTUAL_CERT, HUB_MUTUAL_KEY and HUB_MUTUAL_CA")
    tls.load_cert_chain(settings.mutual_cert, settings.mutual_key)
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.minimum_version = ssl.TLSVersion.TLSv1_2
    return tls


def check(settings: MutualTlsSettings, request: web.Request, channel: str) -> bool:
    """Return whether the request came with the channel's certificate.

    Raises `ProblemError` certificate_needed for the certificate of another channel, and for none
    if the channel must show one.
    """
    shown = request.transport.get_extra_info("peercert") if request.transport else None
    names = _common_names(shown or {})
    if channel in settings.mutual_channels and channel not in names:
        detail = f"shown: {', '.join(names) or 'none'}; wanted: common name {channel}"
        raise ProblemError(Problem.CERTIFICATE_NEEDED, detail)
    if names and channel not in names:
        raise ProblemError(Problem.CERTIFICATE_NEEDED, f"{', '.join(names)} is not {channel}")
    return bool(names)


def _common_names(certificate: dict[str, Any]) -> list[str]:
    parts = [pair for part in certificate.get("subject", ()) for pair in part]
    return [value for name, value in parts if name == "commonName"]
