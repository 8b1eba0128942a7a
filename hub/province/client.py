"""Reads the figures of one city 读取一市: within a time, up to a size, and from its address only.

A city is another office's machine. It may be slow, send without end, redirect, or send anything;
nothing of that may cost the page of the other cities, or send the token elsewhere.
"""

import asyncio
from datetime import datetime, timedelta

import aiohttp
from pydantic import ValidationError

from hub.province.cities import City
from hub.province.faults import CityFault, CityFaultError
from hub.town.town_file import first_error
from hub.web.connection_fault import connection_fault
from hub.web.outbound import AddressRefusedError, OutboundSession
from schemas.province import PATH, CityFigures

LARGEST_ANSWER = 2 * 1024 * 1024
"""Bytes. The document of a city has a few thousand."""
CHUNK = 64 * 1024
CLOCKS_DIFFER = timedelta(minutes=10)
"""So far the clock of a city may be ahead of ours."""
LONGEST_AGO = timedelta(days=366)
"""Figures that are older come from a clock that is wrong; the months could not be computed."""
OF_STATUS = {
    401: CityFault.TOKEN,
    403: CityFault.TOKEN,
    404: CityFault.NO_FIGURES,
    405: CityFault.NO_FIGURES,
    429: CityFault.BUSY,
    503: CityFault.BUSY,
}


async def read_figures(
    session: OutboundSession, city: City, token: str, seconds: float, now: datetime
) -> CityFigures:
    """Return the figures of a city as it sends them; raises `CityFaultError`.

    The whole answer must arrive within `seconds`. `now` bounds the time that the figures state.
    """
    url = f"{city.address}{PATH}"
    try:
        async with asyncio.timeout(seconds):
            body = await _ask(session, url, token)
    except AddressRefusedError as error:
        raise CityFaultError(CityFault.ADDRESS, str(error)) from error
    except TimeoutError as error:
        raise CityFaultError(CityFault.SLOW, connection_fault(error, url, seconds)) from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        refused = isinstance(getattr(error, "os_error", None), AddressRefusedError)
        kind = CityFault.ADDRESS if refused else CityFault.AWAY
        raise CityFaultError(kind, connection_fault(error, url, seconds)) from error
    return parse_figures(body, city.code, now)


async def _ask(session: OutboundSession, url: str, token: str) -> bytes:
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json",
        # A compressed answer could be far larger than what arrives.
        "Accept-Encoding": "identity",
    }
    async with session.get(url, headers=headers, auto_decompress=False) as answer:
        if answer.status != 200:
            kind = OF_STATUS.get(answer.status, CityFault.STATUS)
            if 300 <= answer.status < 400:
                kind = CityFault.REDIRECT
            raise CityFaultError(kind, f"the city answers with status {answer.status}")
        body = bytearray()
        async for chunk in answer.content.iter_chunked(CHUNK):
            body += chunk
            if len(body) > LARGEST_ANSWER:
                detail = f"the answer has more than {LARGEST_ANSWER} bytes"
                raise CityFaultError(CityFault.TOO_LARGE, detail)
        return bytes(body)


def parse_figures(body: bytes, code: str, now: datetime) -> CityFigures:
    """Return the figures of an answer that must be of city `code`; raises `CityFaultError`."""
    try:
        figures = CityFigures.model_validate_json(body)
    except ValidationError as error:
        raise CityFaultError(CityFault.FORM, f"the answer: {first_error(error)}") from error
    if figures.city != code:
        detail = f"the figures are those of {figures.city}, not of {code}"
        raise CityFaultError(CityFault.OTHER_CITY, detail)
    if figures.at > now + CLOCKS_DIFFER:
        detail = f"the figures are of {figures.at.isoformat()}, which is not yet"
        raise CityFaultError(CityFault.CLOCK, detail)
    if figures.at < now - LONGEST_AGO:
        detail = f"the figures are of {figures.at.isoformat()}, more than a year ago"
        raise CityFaultError(CityFault.CLOCK, detail)
    return figures
