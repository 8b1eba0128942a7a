"""Takes the ratings of citizens 接收评价: into the journal, as every message of a channel."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from aiohttp import web
from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from connectors.contract import FaultError
from hub.journal.journal import JournalFullError
from hub.settings.web import TrackingSettings
from hub.store.reader import Reader, StoreAwayError
from hub.tracking.rating import (
    LARGEST_FORM,
    Offer,
    RatingRefusedError,
    find_offer,
    message_of,
    read_rating,
)
from hub.web.body import Bodies
from hub.web.problem import Problem, ProblemError
from hub.web.public_reads import PublicReads
from hub.web.rate_limit import too_many_requests
from schemas.reports.raw import RATED_ON_PAGE, RawMessage, Transport


class Receiver(Protocol):
    """The way into the journal: `hub.intake.receiver.Receiver`."""

    async def take(
        self,
        channel: str,
        transport: Transport,
        body: bytes,
        *,
        source: str = "",
        content_type: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> RawMessage:
        """Return the message once it is durable; raises `JournalFullError`."""


class CitizenRatings:
    """Finds the answer that a citizen may rate, and takes the rating."""

    def __init__(
        self, settings: TrackingSettings, reader: Reader, receiver: Receiver, bodies: Bodies
    ) -> None:
        self._reader, self._receiver, self._bodies = reader, receiver, bodies
        self._days = settings.citizen_rating_days
        self._limit = parse(settings.citizen_rating_limit)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._reads = PublicReads()

    async def offer(self, code: str) -> Offer | None:
        """Return the answer that may be rated with a code; raises `ProblemError` store_away."""
        if not self._days:
            return None
        now = datetime.now(UTC)
        try:
            read = partial(find_offer, self._reader.rows, code, now, self._days)
            return await self._reads.ask(read)
        except StoreAwayError as error:
            # The message of this error has the address of the store: the public must not see it.
            raise ProblemError(Problem.STORE_AWAY) from error

    async def accept(self, request: web.Request, code: str) -> None:
        """Return when the rating in a form is in the journal.

        Raises `RatingRefusedError`, or `ProblemError`: too_often, store_away, journal_full, or one
        about the body.
        """
        if not await self._limiter.hit(self._limit, code):
            raise await too_many_requests(self._limiter, self._limit, code)
        try:
            async with self._bodies.receive(request, most=LARGEST_FORM) as body:
                rating = read_rating(body, request.headers.get("Content-Type", ""))
        except (FaultError, web.HTTPRequestEntityTooLarge) as error:
            raise RatingRefusedError("提交的内容有误，评价还没有登记，请从本页重新填写") from error
        offer = await self.offer(code)
        if offer is None:
            raise RatingRefusedError("现在没有可以评价的答复：可能已过评价期限，或者正在重新办理")
        message = message_of(offer, rating)
        try:
            await self._receiver.take(
                offer.channel,
                Transport.HTTP,
                message,
                source=request.remote or "",
                content_type="application/json",
                headers={RATED_ON_PAGE: "1"},
            )
        except JournalFullError as error:
            raise ProblemError(Problem.JOURNAL_FULL) from error
