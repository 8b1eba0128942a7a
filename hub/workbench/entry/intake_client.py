"""Sends messages of the staff to the intake 送入接入: signed like the push of any channel."""

import aiohttp

from hub.security.credentials import secret_for
from hub.settings.overview import OverviewSettings
from hub.web.connection_fault import connection_fault
from hub.web.problem import Problem, ProblemError
from hub.web.signature import push_headers
from schemas.channel import Channel

SECONDS = 15.0
ACCEPTED = 202


async def send_entry(settings: OverviewSettings, body: bytes) -> None:
    """Return when the intake has an entry by hand on disk; raises as `push_message`."""
    await push_message(settings, Channel.MANUAL_ENTRY, body, "application/json")


async def push_message(
    settings: OverviewSettings, channel: Channel, body: bytes, content_type: str
) -> None:
    """Return when the intake has a message of a channel on disk.

    Raises `ProblemError` intake_away if it does not answer, or does not accept the message.
    """
    url = f"{settings.intake_address}/v1/intake/{channel}"
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    try:
        secret = secret_for(settings, channel)
        headers = {**push_headers(secret, body), "Content-Type": content_type}
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            if response.status == ACCEPTED:
                return
            detail = f"HTTP {response.status} {(await response.text())[:300]}"
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        detail = connection_fault(error, url, SECONDS)
    raise ProblemError(Problem.INTAKE_AWAY, f"{url}: {detail}")
