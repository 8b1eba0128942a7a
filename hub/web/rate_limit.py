"""Rate limits 限流: HTTP 429 with the time of the next attempt (RFC 6585)."""

import time

from limits import RateLimitItem
from limits.aio.strategies import MovingWindowRateLimiter

from hub.web.problem import Problem, ProblemError


async def too_many_requests(
    limiter: MovingWindowRateLimiter, limit: RateLimitItem, client: str
) -> ProblemError:
    """Return the refusal for a client, such as an address, that has used up its limit."""
    free_at = (await limiter.get_window_stats(limit, client)).reset_time
    return ProblemError(Problem.TOO_OFTEN, retry_after=max(1, int(free_at - time.time()) + 1))
