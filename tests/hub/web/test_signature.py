"""Signed requests: right, wrong, old, used."""

import pytest

from hub.web.problem import PROBLEMS, Problem, ProblemError
from hub.web.signature import NONCE, SIGNATURE, TIMESTAMP, Nonces, sign, verify

NOW = 1_800_000_000.0
BODY = "路灯不亮".encode()


def headers(secret: str = "s", at: float = NOW, nonce: str = "n") -> dict[str, str]:
    """Return the headers of a signed request."""
    stamp = str(int(at))
    return {TIMESTAMP: stamp, NONCE: nonce, SIGNATURE: sign(secret, stamp, nonce, BODY)}


def problem_of(secret: str, given: dict[str, str], body: bytes = BODY) -> Problem:
    """Return what a request is refused for."""
    with pytest.raises(ProblemError) as refused:
        verify((secret,), given, body, NOW, 300)
    return refused.value.problem


def test_a_right_signature_is_taken() -> None:
    """The nonce may be forgotten after the window."""
    assert verify(("s",), headers(), BODY, NOW, 300) == ("n", NOW + 300)


def test_the_signature_is_what_any_tool_computes() -> None:
    """A fixed example, so that a change of the contract is seen."""
    assert sign("secret", "1800000000", "abc", b"{}") == (
        "sha256=2087640823b65172412ae7ee1377ca0d3f6ef6e45528fdfc0a2e5bb12e77005f"
    )


def test_what_is_not_signed_so_is_refused() -> None:
    """Another body, another secret, no secret, no header, an old or a strange time."""
    assert problem_of("s", headers(), b"other") is Problem.BAD_SIGNATURE
    assert problem_of("t", headers()) is Problem.BAD_SIGNATURE
    assert problem_of("", headers(secret="")) is Problem.BAD_SIGNATURE
    assert problem_of("s", {}) is Problem.BAD_SIGNATURE
    assert problem_of("s", headers(at=NOW - 301)) is Problem.STALE
    assert problem_of("s", headers(at=NOW + 301)) is Problem.STALE
    strange = {TIMESTAMP: "nan", NONCE: "n", SIGNATURE: sign("s", "nan", "n", BODY)}
    assert problem_of("s", strange) is Problem.STALE


def test_a_nonce_is_good_once_within_its_window() -> None:
    """Used again it is refused; after its window, or when its message was not taken, it is free."""
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
    """The catalogue is whole, and only what may be tried again is a 503."""
    assert set(PROBLEMS) == set(Problem)
    assert all(400 <= status < 600 and meaning for status, meaning in PROBLEMS.values())
