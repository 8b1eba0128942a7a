"""Signed requests 报文签名: HMAC-SHA256 over time, nonce and body, good once within a window."""

import hmac
import time
from collections.abc import Iterable, Mapping, Sequence
from secrets import token_hex

from hub.web.problem import Problem, ProblemError

TIMESTAMP, NONCE, SIGNATURE = "X-Hub-Timestamp", "X-Hub-Nonce", "X-Hub-Signature"
LONGEST_NONCE = 128


def header_bytes(text: str) -> bytes:
    """Return a header's bytes as they came: what is no UTF-8 in it is kept as it was."""
    return text.encode("utf-8", "surrogateescape")


def sign(secret: str, timestamp: str, nonce: str, body: bytes) -> str:
    """Return `sha256=<hex>` over timestamp, newline, nonce, newline, body."""
    signed = header_bytes(f"{timestamp}\n{nonce}\n") + body
    return f"sha256={hmac.new(secret.encode(), signed, 'sha256').hexdigest()}"


def verify(
    secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: float, window: float
) -> tuple[str, float]:
    """Return the nonce and when it may be forgotten (epoch seconds); any of `secrets` will do.

    Raises `ProblemError` bad_signature or stale; no secret accepts nothing.
    """
    timestamp, nonce = headers.get(TIMESTAMP, ""), headers.get(NONCE, "")
    given = headers.get(SIGNATURE, "")
    wanted = [sign(secret, timestamp, nonce, body) for secret in secrets if secret]
    right = [hmac.compare_digest(header_bytes(given), one.encode()) for one in wanted]
    if not nonce or not any(right):
        detail = f"{SIGNATURE} is not sha256=HMAC(secret, timestamp, nonce, body)"
        raise ProblemError(Problem.BAD_SIGNATURE, detail)
    if len(nonce) > LONGEST_NONCE:
        raise ProblemError(Problem.BAD_SIGNATURE, f"{NONCE} has over {LONGEST_NONCE} characters")
    try:
        at = float(timestamp)
    except ValueError as error:
        detail = f"{TIMESTAMP} is no number of epoch seconds"
        raise ProblemError(Problem.BAD_SIGNATURE, detail) from error
    if not abs(now - at) <= window:
        raise ProblemError(Problem.STALE, f"{TIMESTAMP} is {now - at:.0f} s from our clock")
    return nonce, at + window


class Nonces:
    """Nonces that were used within the window; at a start they are read back from the journal."""

    def __init__(self, used: Iterable[tuple[str, float]] = ()) -> None:
        self._expires: dict[str, float] = dict(used)
        self._next_sweep = 0.0

    def spend(self, nonce: str, now: float, expires: float) -> None:
        """Raise `ProblemError` replayed where the nonce was used before."""
        if now >= self._next_sweep:
            self._expires = {key: at for key, at in self._expires.items() if at >= now}
            self._next_sweep = now + 60
        if nonce in self._expires:
            raise ProblemError(Problem.REPLAYED)
        self._expires[nonce] = expires

    def release(self, nonce: str) -> None:
        """Forget a nonce whose message was not taken."""
        self._expires.pop(nonce, None)


def signed_headers(secret: str, body: bytes) -> dict[str, str]:
    """Return the three headers of a signed push."""
    timestamp, nonce = str(int(time.time())), token_hex(16)
    return {TIMESTAMP: timestamp, NONCE: nonce, SIGNATURE: sign(secret, timestamp, nonce, body)}
