"""领导留言板: its paged API, polled with a durable cursor."""

import json
from hashlib import sha256

import aiohttp

from hub.intake.collectors.source import Source
from schemas.channel import Channel
from schemas.reports.raw import Transport

CURSOR = "leader_board"
PAGE = 100
TIMEOUT = aiohttp.ClientTimeout(total=30)


class LeaderBoard:
    """Reads `GET {url}/posts?after=…&limit=…`; the cursor moves once a page is durable."""

    def __init__(self, source: Source) -> None:
        self._source = source

    async def collect(self) -> int:
        """Take one page; raises `OSError` where the board is away or its answer is no page."""
        settings, journal = self._source.settings, self._source.journal
        after = journal.get(CURSOR) or ""
        url = f"{settings.leader_board_url.rstrip('/')}/posts"
        try:
            async with (
                aiohttp.ClientSession(timeout=TIMEOUT) as session,
                session.get(url, params={"after": after, "limit": str(PAGE)}) as answer,
            ):
                answer.raise_for_status()
                body = await answer.read()
                content_type = answer.headers.get("Content-Type", "")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise OSError(f"leader board: {error or 'no answer in time'}") from error
        following, posts = _page(body)
        if not posts:
            # Nothing was told; a board that is new names its beginning all the same.
            journal.set(CURSOR, following or after)
            return 0
        await self._source.receiver.take(
            Channel.LEADER_BOARD,
            Transport.POLL,
            body,
            # The last page may grow under one cursor: what it says tells one answer from the next.
            delivery=f"poll:{after}:{sha256(body).hexdigest()}",
            source=f"after {after or 'the beginning'}",
            content_type=content_type,
        )
        if following in ("", after):
            return 0
        journal.set(CURSOR, following)
        return posts


def _page(body: bytes) -> tuple[str, int]:
    """Return the next cursor and how many posts a page has; raises `OSError` for no page."""
    page = json.loads(body)
    if not isinstance(page, dict) or not isinstance(page.get("posts"), list):
        raise OSError("leader board: the answer has no posts")
    return str(page.get("next") or ""), len(page["posts"])
