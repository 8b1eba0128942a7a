"""Signed requests: valid, invalid, old and replayed."""

import pytest

from hub.web.problem import PROBLEMS, Problem, ProblemError
from hub.web.signature import NONCE, SIGNATURE, TIMESTAMP, Nonces, sign, verify

NOW = 1_800_000_000.0
BODY = "路灯不亮".encode()


def headers(secret: str = "s", at: float = NOW, nonce: str = "n") -> dict[str, str]:
    """Return the headers of a signed request."""
    stamp = str(int(at))
    return {TIMESTAMP: stamp, NONCE: nonce, SIGNATURE: sign(secret, stamp, nonce, BODY)}


def problem_of(secret: str, signed: dict[str, str], body: bytes = BODY) -> Problem:
    """Return the problem for which a request is refused."""
    with pytest.raises(ProblemError) as refused:
        verify((secret,), signed, body, NOW, 300)
    return refused.value.problem


def test_a_valid_signature_is_accepted() -> None:
    """The nonce may be forgotten after the window."""
    assert verify(("s",), headers(), BODY, NOW, 300) == ("n", NOW + 300)


def test_the_signature_of_a_fixed_example() -> None:
    """Any change of the contract with the channels fails this test."""
    assert sign("secret", "1800000000", "abc", b"{}") == (
        "sha256=2087640823b65172412ae7ee1377ca0d3f6ef6e45528fdfc0a2e5bb12e77005f"
    )


def test_an_invalid_request_is_refused() -> None:
    """Invalid are another body or secret, no secret or header, and an old or strange time."""
    assert problem_of("s", headers(), b"other") is Problem.BAD_SIGNATURE
    assert problem_of("t", headers()) is Problem.BAD_SIGNATURE
    assert problem_of("", headers(secret="")) is Problem.BAD_SIGNATURE
    assert problem_of("s", {}) is Problem.BAD_SIGNATURE
    assert problem_of("s", headers(at=NOW - 301)) is Problem.STALE
    assert problem_of("s", headers(at=NOW + 301)) is Problem.STALE
    strange = {TIMESTAMP: "nan", NONCE: "n", SIGNATURE: sign("s", "nan", "n", BODY)}
    assert problem_of("s", strange) is Problem.STALE


def test_a_nonce_is_valid_once_within_its_window() -> None:
    """A repetition is refused; after the window, or after `release`, the nonce is free."""
    nonces = Nonces([("old", NOW + 10)])
    nonces.spend("a", NOW, NOW + 300)
    for used in ("a", "old"):
        with pytest.raises(ProblemError) as refused:
            nonces.spend(used, NOW + 1, NOW + 300)
        assert refused.value.problem is Problem.REPLAYED
    nonces.release("a")
    nonces.spend("a", NOW + 2, NOW + 300)
    nonces.spend("old", NOW + 100, NOW + 300)


def test_every_problem_has_a_status_and_a_meaning() -> None:
    """The catalogue is complete, and all its statuses are errors."""
    assert set(PROBLEMS) == set(Problem)
    assert all(400 <= status < 600 and meaning for status, meaning in PROBLEMS.values())
