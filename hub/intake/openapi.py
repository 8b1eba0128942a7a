"""OpenAPI 3.1 of the intake 收件接口说明: the requests of channels, citizens and administrators."""

from functools import cache
from importlib.metadata import version
from typing import Any

from hub.intake.open311 import KEY_HEADER
from hub.security.credentials import SIGNED
from hub.web.openapi import PROBLEM_SCHEMA, problem_responses
from hub.web.problem import Problem
from hub.web.signature import HEAD_SIGNATURE, LONGEST_NONCE, NONCE, SIGNATURE, TIMESTAMP
from schemas.category import CATEGORIES

SIGNED_PROBLEMS = (
    *(Problem.UNKNOWN_CHANNEL, Problem.UNSUPPORTED_ENCODING, Problem.TOO_SLOW, Problem.TOO_LARGE),
    *(Problem.BAD_SIGNATURE, Problem.STALE, Problem.REPLAYED, Problem.CERTIFICATE_NEEDED),
    *(Problem.EMPTY, Problem.BAD_REQUEST, Problem.TOO_MUCH, Problem.JOURNAL_FULL),
)
WECHAT_PROBLEMS = (
    *(Problem.NOT_ENCRYPTED, Problem.REPLAYED, Problem.BAD_REQUEST, Problem.EMPTY),
    *(Problem.TOO_LARGE, Problem.TOO_SLOW, Problem.TOO_MUCH, Problem.JOURNAL_FULL),
)
REPORT_FIELDS = (
    *("api_key", "service_code", "description", "lat", "long", "address_string"),
    *("first_name", "last_name", "phone", "email", "account_id", "device_id"),
    *("address_id", "jurisdiction_id"),
)
BODIES = ("application/x-www-form-urlencoded", "multipart/form-data", "application/json")
FORMATS = {"enum": ["json", "xml"]}
ACCEPTED = {
    "type": "object",
    "required": ["receipt_id", "received_at"],
    "properties": {
        "receipt_id": {"type": "string", "format": "uuid"},
        "received_at": {"type": "string", "format": "date-time"},
    },
}


@cache
def openapi_intake() -> dict[str, Any]:
    """Return the description."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "民情枢纽 intake",
            "version": version("minqing-hub"),
            "description": "A 202 says that the message is on disk. Send again whatever was not"
            " answered, with a new nonce: the same facts count once.",
        },
        "paths": {
            "/v1/intake/{channel}": {"post": _push()},
            "/v1/wechat": {"get": _wechat("prove"), "post": _wechat("push")},
            "/v1/admin/replay": {"post": _replay()},
            "/v1/progress/{code}": {"get": _progress()},
            **_open311(),
        },
        "components": {
            "schemas": {"Problem": PROBLEM_SCHEMA},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _in(where: str, name: str, schema: dict[str, Any], *, required: bool = True) -> dict[str, Any]:
    return {"name": name, "in": where, "required": required, "schema": schema}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _push() -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "operationId": "push",
        "summary": "A message of a channel, signed",
        "parameters": [
            _in("path", "channel", {"enum": [str(channel) for channel in SIGNED]}),
            _in("header", TIMESTAMP, {"type": "string", "description": "epoch seconds"}),
            _in("header", NONCE, {"type": "string", "maxLength": LONGEST_NONCE}),
            _in(
                "header",
                SIGNATURE,
                text
                | {
                    "description": "sha256=HMAC-SHA256(secret, timestamp"
                    " LF nonce LF body), hexadecimal"
                },
            ),
            _in(
                "header",
                HEAD_SIGNATURE,
                text
                | {
                    "description": "sha256=HMAC-SHA256(secret, 'head'"
                    " LF timestamp LF nonce LF Content-Length), hexadecimal: proves the sender"
                    " before his body, which is then preferred where room is short"
                },
                required=False,
            ),
        ],
        "requestBody": {
            "required": True,
            "content": {
                name: {"schema": {}}
                for name in ("application/json", "application/xml", "application/octet-stream")
            },
        },
        "responses": {
            "202": {"description": "On disk", "content": _json(ACCEPTED)},
            **problem_responses(SIGNED_PROBLEMS),
        },
    }


def _wechat(what: str) -> dict[str, Any]:
    text = {"type": "string"}
    proves = what == "prove"
    operation: dict[str, Any] = {
        "operationId": f"wechat_{what}",
        "summary": "The address is ours" if proves else "A message, as WeChat's platform sends it",
        "parameters": [
            _in("query", name, text, required=False)
            for name in ("signature", "timestamp", "nonce", "echostr", "msg_signature")
        ],
        "responses": {
            "200": {"description": "Taken", "content": {"text/plain": {"schema": text}}},
            **problem_responses(
                (Problem.BAD_SIGNATURE, Problem.STALE, *(() if proves else WECHAT_PROBLEMS))
            ),
        },
    }
    if not proves:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/xml": {"schema": {}}},
        }
    return operation


def _replay() -> dict[str, Any]:
    ids = {"type": "array", "items": {"type": "string", "format": "uuid"}}
    asked = {"type": "object", "required": ["rejected_ids"], "properties": {"rejected_ids": ids}}
    receipts = {"type": "object", "required": ["receipts"], "properties": {"receipts": {}}}
    return {
        "operationId": "replay",
        "summary": "Rejected messages once more, after a fix",
        "security": [{"token": []}],
        "requestBody": {"required": True, "content": _json(asked)},
        "responses": {
            "202": {"description": "On disk", "content": _json(receipts)},
            **problem_responses(
                (
                    Problem.BAD_TOKEN,
                    Problem.BAD_REQUEST,
                    Problem.NOT_FOUND,
                    Problem.SEALED,
                    Problem.TOO_LARGE,
                    Problem.STORE_AWAY,
                    Problem.JOURNAL_FULL,
                )
            ),
        },
    }


def _progress() -> dict[str, Any]:
    return {
        "operationId": "progress",
        "summary": "How far a report is, by its citizen's code",
        "parameters": [_in("path", "code", {"type": "string", "minLength": 1, "maxLength": 64})],
        "responses": {
            "200": {"description": "How far", "content": _json({"type": "object"})},
            **problem_responses((Problem.NOT_FOUND, Problem.TOO_OFTEN, Problem.STORE_AWAY)),
        },
    }


def _open311() -> dict[str, Any]:
    text, base = {"type": "string"}, "/open311/v2"
    links = {"type": "array", "items": text}
    form = {
        "type": "object",
        "properties": {**dict.fromkeys(REPORT_FIELDS, text), "media_url": links},
        "required": ["service_code"],
    }
    posted = _item("post_request", "A report", status="201")
    posted["requestBody"] = {
        "required": True,
        "content": {name: {"schema": form} for name in BODIES},
    }
    posted["responses"] |= dict.fromkeys(("403", "408"), posted["responses"]["404"])
    keys = [
        _in("query", "api_key", text, required=False),
        _in("header", KEY_HEADER, text, required=False),
    ]
    asked = _item("requests", "Reports, by id, time, kind or state", *keys)
    asked["parameters"] += [
        _in("query", name, text, required=False)
        for name in (
            "service_request_id",
            "start_date",
            "end_date",
            "service_code",
            "status",
            "jurisdiction_id",
        )
    ]
    code = _in("path", "code", {"enum": sorted(CATEGORIES)})
    report_id = _in("path", "id", text | {"pattern": "^[A-Za-z0-9_-]+$"})
    shown_report = _item(
        "request", "One report; its words for the app's key only", report_id, *keys
    )
    for shown in (asked, shown_report):
        shown["responses"]["403"] = shown["responses"]["404"]
    return {
        f"{base}/discovery.{{format}}": {"get": _item("discovery", "What is here")},
        f"{base}/services.{{format}}": {"get": _item("services", "What can be reported")},
        f"{base}/services/{{code}}.{{format}}": {"get": _item("service", "One of it", code)},
        f"{base}/requests/{{id}}.{{format}}": {"get": shown_report},
        f"{base}/requests.{{format}}": {"get": asked, "post": posted},
        f"{base}/tokens/{{id}}.{{format}}": {"get": _item("token", "The id of a token", report_id)},
    }


def _item(name: str, summary: str, *more: dict[str, Any], status: str = "200") -> dict[str, Any]:
    """Return an operation of GeoReport v2, whose errors have a form of their own."""
    both: dict[str, Any] = {"application/json": {"schema": {}}, "text/xml": {"schema": {}}}
    # An address that has no such form answers as everywhere.
    any_form = both | {"application/problem+json": {"schema": {}}}
    own = {
        code: {"description": description, "content": any_form}
        for code, description in (("400", "Cannot be understood"), ("404", "Not known"))
    }
    return {
        "operationId": f"open311_{name}",
        "summary": summary,
        "parameters": [_in("path", "format", dict(FORMATS)), *more],
        "responses": {
            status: {"description": summary, "content": both},
            **problem_responses(
                (
                    Problem.STORE_AWAY,
                    Problem.TOO_MUCH,
                    Problem.JOURNAL_FULL,
                    Problem.TOO_LARGE,
                    Problem.TOO_OFTEN,
                )
            ),
            **own,
        },
    }
