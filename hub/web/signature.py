"""Signed requests 报文签名: HMAC-SHA256 over time, nonce and body, valid once within a window."""

import hmac
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from secrets import token_hex

from hub.web.problem import Problem, ProblemError

TIMESTAMP, NONCE, SIGNATURE = "X-Hub-Timestamp", "X-Hub-Nonce", "X-Hub-Signature"
HEAD_SIGNATURE = "X-Hub-Head-Signature"
LONGEST_NONCE = 128
SIGNATURE_FORM = re.compile("sha256=[0-9a-f]{64}")


def header_bytes(text: str) -> bytes:
    """Return the original bytes of a header, including those that are not UTF-8."""
    return text.encode("utf-8", "surrogateescape")


def sign(secret: str, timestamp: str, nonce: str, body: bytes) -> str:
    """Return `sha256=<hex>` over timestamp, newline, nonce, newline, body."""
    mac = hmac.new(secret.encode(), header_bytes(f"{timestamp}\n{nonce}\n"), "sha256")
    # A concatenation would have a large body in memory twice.
    mac.update(body)
    return f"sha256={mac.hexdigest()}"


def sign_head(secret: str, timestamp: str, nonce: str, length: str) -> str:
    """Return `sha256=<hex>` over `head`, timestamp, nonce and body length, joined by newlines.

    It can never equal a signature of a body: that begins with a timestamp, which is a number.
    """
    signed = header_bytes(f"head\n{timestamp}\n{nonce}\n{length}")
    return f"sha256={hmac.new(secret.encode(), signed, 'sha256').hexdigest()}"


def check_head(
    secrets: Sequence[str], headers: Mapping[str, str], now: float, window: float
) -> bool:
    """Return whether the head alone proves that the sender knows one of `secrets`.

    The signature of the head is optional. Without it, or if a proxy has changed the length, the
    result is False and the signature over the body decides. Raises `ProblemError` bad_signature or
    stale if the request is invalid with any body.
    """
    signature = headers.get(SIGNATURE, "")
    if not SIGNATURE_FORM.fullmatch(signature):
        raise ProblemError(Problem.BAD_SIGNATURE, f"{SIGNATURE} is not sha256= and 64 hex digits")
    timestamp, nonce = headers.get(TIMESTAMP, ""), headers.get(NONCE, "")
    _check_nonce(nonce)
    _check_time(timestamp, now, window)
    shown = headers.get(HEAD_SIGNATURE)
    if shown is None:
        return False
    length = headers.get("Content-Length", "")
    wanted = [sign_head(secret, timestamp, nonce, length) for secret in secrets if secret]
    return any(hmac.compare_digest(header_bytes(shown), each.encode()) for each in wanted)


def verify(
    secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: float, window: float
) -> tuple[str, float]:
    """Return the nonce, and when it may be forgotten (epoch seconds); any of `secrets` may match.

    `now` and `window` in seconds. Raises `ProblemError` bad_signature or stale; without secrets
    every request is refused.
    """
    timestamp, nonce = headers.get(TIMESTAMP, ""), headers.get(NONCE, "")
    signature = headers.get(SIGNATURE, "")
    wanted = [sign(secret, timestamp, nonce, body) for secret in secrets if secret]
    matches = [hmac.compare_digest(header_bytes(signature), each.encode()) for each in wanted]
    if not nonce or not any(matches):
        detail = f"{SIGNATURE} is not sha256=HMAC(secret, timestamp, nonce, body)"
        raise ProblemError(Problem.BAD_SIGNATURE, detail)
    _check_nonce(nonce)
    return nonce, _check_time(timestamp, now, window) + window


def _check_nonce(nonce: str) -> None:
    if not nonce or len(nonce) > LONGEST_NONCE:
        detail = f"{NONCE} must have 1 to {LONGEST_NONCE} characters"
        raise ProblemError(Problem.BAD_SIGNATURE, detail)


def _check_time(timestamp: str, now: float, window: float) -> float:
    try:
        at = float(timestamp)
    except ValueError as error:
        detail = f"{TIMESTAMP} is no number of epoch seconds"
        raise ProblemError(Problem.BAD_SIGNATURE, detail) from error
    if not abs(now - at) <= window:
        raise ProblemError(Problem.STALE, f"{TIMESTAMP} is {now - at:.0f} s from our clock")
    return at


class Nonces:
    """Nonces that were used within the window. After a restart they come from the journal."""

    def __init__(self, used: Iterable[tuple[str, float]] = ()) -> None:
        self._expires: dict[str, float] = dict(used)
        self._next_sweep = 0.0

    def check(self, nonce: str) -> None:
        """Raise `ProblemError` replayed if the nonce was used before."""
        if nonce in self._expires:
            raise ProblemError(Problem.REPLAYED)

    def spend(self, nonce: str, now: float, expires: float) -> None:
        """Use a nonce until `expires` (epoch seconds); raises `ProblemError` replayed."""
        if now >= self._next_sweep:
            self._expires = {key: at for key, at in self._expires.items() if at >= now}
            self._next_sweep = now + 60
        self.check(nonce)
        self._expires[nonce] = expires

    def release(self, nonce: str) -> None:
        """Forget a nonce whose message was not accepted."""
        self._expires.pop(nonce, None)


def signed_headers(secret: str, body: bytes) -> dict[str, str]:
    """Return the three headers of a request that is signed now."""
    timestamp, nonce = str(int(time.time())), token_hex(16)
    return {TIMESTAMP: timestamp, NONCE: nonce, SIGNATURE: sign(secret, timestamp, nonce, body)}


def push_headers(secret: str, body: bytes) -> dict[str, str]:
    """Return the headers of a push whose head alone authenticates the sender."""
    headers = signed_headers(secret, body)
    head = sign_head(secret, headers[TIMESTAMP], headers[NONCE], str(len(body)))
    return {**headers, HEAD_SIGNATURE: head}
