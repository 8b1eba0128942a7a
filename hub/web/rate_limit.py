"""Refusing whoever asks too often 限流: HTTP 429 that says when to come again (RFC 6585)."""

import time

from limits import RateLimitItem
from limits.aio.strategies import MovingWindowRateLimiter

from hub.web.problem import Problem, ProblemError


async def too_often(
    asked: MovingWindowRateLimiter, limit: RateLimitItem, address: str
) -> ProblemError:
    """Return the refusal of an address that has used up its limit."""
    free_at = (await asked.get_window_stats(limit, address)).reset_time
    return ProblemError(Problem.TOO_OFTEN, retry_after=max(1, int(free_at - time.time()) + 1))
