"""Errors of the HTTP interfaces 错误码: the catalogue, and problem+json answers (RFC 9457)."""

import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware
from clickhouse_connect.driver.exceptions import ClickHouseError

log = structlog.get_logger()

RETRY_AFTER = 5
"""Default of the `Retry-After` header of a 503, in seconds."""


class Problem(StrEnum):
    """Codes of all errors of the HTTP interfaces."""

    UNKNOWN_CHANNEL = "unknown_channel"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    BAD_SIGNATURE = "bad_signature"
    CERTIFICATE_NEEDED = "certificate_needed"
    NOT_ENCRYPTED = "not_encrypted"
    STALE = "stale"
    REPLAYED = "replayed"
    BAD_TOKEN = "bad_token"  # noqa: S105 - the name of an error, not a secret
    BAD_REQUEST = "bad_request"
    EMPTY = "empty"
    TOO_SLOW = "too_slow"
    TOO_LARGE = "too_large"
    UNSUPPORTED_ENCODING = "unsupported_encoding"
    TOO_MUCH = "too_much"
    JOURNAL_FULL = "journal_full"
    STORE_AWAY = "store_away"
    NOT_YOURS = "not_yours"
    SEVERAL_CASES = "several_cases"
    BROKER_AWAY = "broker_away"
    INTAKE_AWAY = "intake_away"
    ATTACHMENT_AWAY = "attachment_away"
    REFUSED = "refused"
    SEALED = "sealed"
    NO_SESSION = "no_session"
    BAD_LOGIN = "bad_login"
    WEAK_PASSWORD = "weak_password"  # noqa: S105 - the name of an error, not a secret
    PASSWORD_ELSEWHERE = "password_elsewhere"  # noqa: S105 - the same
    IDENTITY_AWAY = "identity_away"
    TOO_OFTEN = "too_often"
    BUSY = "busy"
    INTERNAL = "internal"


PROBLEMS: dict[Problem, tuple[int, str]] = {
    Problem.UNKNOWN_CHANNEL: (404, "no channel of that name accepts messages over HTTP"),
    Problem.NOT_FOUND: (404, "nothing is at this address"),
    Problem.METHOD_NOT_ALLOWED: (405, "this address does not allow this method"),
    Problem.BAD_SIGNATURE: (401, "the signature is absent or does not match"),
    Problem.CERTIFICATE_NEEDED: (401, "this channel must show its own certificate"),
    Problem.NOT_ENCRYPTED: (403, "this account accepts encrypted messages only"),
    Problem.STALE: (401, "the signed time is too far from ours; check both clocks"),
    Problem.REPLAYED: (401, "this nonce was used before; draw a new one for each request"),
    Problem.BAD_TOKEN: (401, "the token is absent or wrong"),
    Problem.BAD_REQUEST: (400, "the request cannot be understood"),
    Problem.EMPTY: (400, "the body is empty"),
    Problem.TOO_SLOW: (408, "the body did not arrive in time; send it again"),
    Problem.TOO_LARGE: (413, "the body is over the limit"),
    Problem.UNSUPPORTED_ENCODING: (415, "content codings are gzip and deflate"),
    Problem.TOO_MUCH: (503, "too many bytes are being received at once; send it again later"),
    Problem.JOURNAL_FULL: (503, "the message could not be stored; send it again later"),
    Problem.STORE_AWAY: (503, "the store does not answer; try again later"),
    Problem.NOT_YOURS: (403, "the case is neither with your unit nor in its area"),
    Problem.SEVERAL_CASES: (409, "cases of several cities have this number; name the city"),
    Problem.BROKER_AWAY: (503, "the broker does not answer; send the command again later"),
    Problem.INTAKE_AWAY: (503, "the intake does not answer; enter the report again later"),
    Problem.ATTACHMENT_AWAY: (502, "the attachment cannot be had from its source"),
    Problem.REFUSED: (409, "the command was refused; the detail is the reason"),
    Problem.NO_SESSION: (
        401,
        "log in first; a session ends at logout, after idleness and after a working day",
    ),
    Problem.BAD_LOGIN: (
        401,
        "name or password is wrong; type them again, or ask the administrator for a new password",
    ),
    Problem.WEAK_PASSWORD: (400, "the new password is not accepted; the detail says why"),
    Problem.PASSWORD_ELSEWHERE: (
        409,
        "the identity provider keeps this password; change it there",
    ),
    Problem.IDENTITY_AWAY: (503, "the identity provider does not answer; try again later"),
    Problem.TOO_OFTEN: (429, "too many requests from this address; try again later"),
    Problem.BUSY: (503, "too many requests are in progress; try again later"),
    Problem.SEALED: (409, "the message cannot be opened with this key"),
    Problem.INTERNAL: (500, "internal error; nothing was stored or changed"),
}
"""Status and meaning of each code."""


OF_STATUS = {404: Problem.NOT_FOUND, 405: Problem.METHOD_NOT_ALLOWED, 413: Problem.TOO_LARGE}
"""Problems for the refusals of aiohttp itself, by status."""


class ProblemError(Exception):
    """A handler raises it to refuse a request; the `problems` middleware answers with it.

    `retry_after` in seconds; 0 means the default for a 503, and no header otherwise.
    """

    def __init__(self, problem: Problem, detail: str = "", *, retry_after: int = 0) -> None:
        super().__init__(detail or PROBLEMS[problem][1])
        self.problem = problem
        self.detail = detail
        self.retry_after = retry_after or (RETRY_AFTER if self.status == 503 else 0)

    @property
    def status(self) -> int:
        """HTTP status of the answer."""
        return PROBLEMS[self.problem][0]

    def response(self) -> web.Response:
        """Return the problem+json answer."""
        status, title = PROBLEMS[self.problem]
        body = {
            "type": f"urn:minqing:problem:{self.problem}",
            "title": title,
            "status": status,
            "code": str(self.problem),
            "detail": self.detail,
        }
        headers = {"Retry-After": str(self.retry_after)} if self.retry_after else {}
        return web.Response(
            status=status,
            text=json.dumps({k: v for k, v in body.items() if v != ""}, ensure_ascii=False),
            content_type="application/problem+json",
            headers=headers,
        )


class Translation(NamedTuple):
    """The problem that an exception of another package is answered with."""

    problem: Problem
    shows_text: bool = False
    """Whether the client may read the text of the exception; if not, it is logged only."""


Translations = Mapping[type[Exception], Translation]


def problems(
    translations: Translations,
    *,
    refused: Callable[[web.Request, ProblemError], None] | None = None,
    largest_body: int = 0,
) -> Middleware:
    """Return the middleware that answers every exception of a handler with problem+json.

    `translations` are the exceptions that the application's packages raise; any other exception is
    logged and answered with `internal`. `refused` is called with each refusal. `largest_body` is
    the limit in bytes that a 413 names; 0: none. Redirects pass. If the client is gone, the
    exception goes on to aiohttp, which ends the connection.
    """

    @web.middleware
    async def answer(request: web.Request, handler: Any) -> web.StreamResponse:
        try:
            response: web.StreamResponse = await handler(request)
        except Exception as error:
            if _is_redirect(error) or _is_client_gone(request, error):
                raise
            problem = _problem_of(request, error, translations, largest_body)
            if refused:
                refused(request, problem)
            response = problem.response()
            if isinstance(error, web.HTTPException) and "Allow" in error.headers:
                response.headers["Allow"] = error.headers["Allow"]
        return response

    return answer


def _problem_of(
    request: web.Request, error: Exception, translations: Translations, largest_body: int
) -> ProblemError:
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, web.HTTPException):
        return _problem_of_aiohttp(error, largest_body)
    for kind, (problem, shows_text) in translations.items():
        if isinstance(error, kind):
            log.warning("request_failed", problem=str(problem), path=request.path, error=str(error))
            return ProblemError(problem, str(error) if shows_text else "")
    log.error("internal_error", path=request.path, exc_info=error)
    return ProblemError(Problem.INTERNAL)


def _is_redirect(error: Exception) -> bool:
    return isinstance(error, web.HTTPException) and error.status < 400


def _is_client_gone(request: web.Request, error: Exception) -> bool:
    return isinstance(error, ConnectionResetError) and request.transport is None


def _problem_of_aiohttp(error: web.HTTPException, largest_body: int) -> ProblemError:
    problem = OF_STATUS.get(error.status, Problem.BAD_REQUEST)
    too_large = problem is Problem.TOO_LARGE and largest_body
    return ProblemError(problem, f"the limit is {largest_body} bytes" if too_large else "")


STORE_ERRORS: Translations = {ClickHouseError: Translation(Problem.STORE_AWAY)}
"""Errors of the store's client; their texts may have SQL and data in them."""

answer_problems = problems(STORE_ERRORS)
"""The middleware of applications that query the store and raise `ProblemError` themselves."""
