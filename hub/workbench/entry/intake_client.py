"""Sends an entry to the intake 送入接入: signed like the push of any channel."""

import aiohttp

from hub.security.credentials import secret_for
from hub.settings.overview import OverviewSettings
from hub.web.problem import Problem, ProblemError
from hub.web.signature import push_headers
from schemas.channel import Channel

SECONDS = 15.0
ACCEPTED = 202


async def send_entry(settings: OverviewSettings, body: bytes) -> None:
    """Return when the intake has the message on disk.

    Raises `ProblemError` intake_away if it does not answer, or does not accept the message.
    """
    url = f"{settings.intake_address}/v1/intake/{Channel.MANUAL_ENTRY}"
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    try:
        secret = secret_for(settings, Channel.MANUAL_ENTRY)
        headers = {**push_headers(secret, body), "Content-Type": "application/json"}
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            if response.status == ACCEPTED:
                return
            detail = f"HTTP {response.status} {(await response.text())[:300]}"
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        detail = f"{type(error).__name__}: {error}"
    raise ProblemError(Problem.INTAKE_AWAY, f"{url}: {detail}")
