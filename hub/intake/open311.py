"""随手拍: Open311 GeoReport v2, with us as the server, in XML and JSON.

Discovery, service list and definitions, POST and GET of service requests. A request is answered
with its id at once; clients that ask for the id of a token get the token back as the id.

Anybody may ask for the state of requests. So without a key the answer has service, status, times,
office, and the place rounded to about 100 m. The text, the address and the photos are shown only
for a request by id with the `api_key` of the app.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Any
from uuid import uuid4
from xml.etree.ElementTree import Element, SubElement, tostring

from aiohttp import web
from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from connectors.contract import FaultError, Limits
from connectors.open311 import REQUEST_ID, read_request
from hub.intake.receiver import Receiver
from hub.security.credentials import Credentials
from hub.settings.intake import IntakeSettings
from hub.store.reader import Reader
from hub.web.body import Bodies
from hub.web.client_address import address_of
from hub.web.query import shorten
from hub.web.rate_limit import too_many_requests
from schemas.base import BEIJING
from schemas.category import CATEGORIES
from schemas.channel import Channel
from schemas.reports.raw import Transport

BASE = "/open311/v2"
MOST = 1000
FORMATS = r"{format:json|xml}"
REQUESTS = """
SELECT e.native_id AS id, e.category AS service_code, e.content AS description,
       e.received_at AS requested_datetime, e.lat AS lat, e.lon AS lon, e.place_text AS address,
       e.native AS native, c.state AS state, c.updated_at AS updated_datetime,
       c.due_at AS expected_datetime, u.name AS agency
FROM (PAGE) AS e
LEFT JOIN (
    SELECT event_id, case_id FROM dispositions WHERE event_id IN (SELECT event_id FROM (PAGE))
) AS d ON d.event_id = e.event_id
LEFT JOIN (
    SELECT case_id, state, unit, updated_at, due_at FROM cases WHERE case_id IN (
        SELECT case_id FROM dispositions WHERE event_id IN (SELECT event_id FROM (PAGE))
    )
) AS c ON c.case_id = d.case_id
LEFT JOIN units AS u ON u.code = c.unit
ORDER BY e.received_at DESC
"""
ROUGH = 3
"""Decimals of a public coordinate: a thousandth of a degree is about 100 m."""
KEY_HEADER = "X-Api-Key"
PAGE = """
SELECT * FROM events AS e WHERE e.channel = 'open311' AND e.kind = 'report' AND WHICH
ORDER BY e.received_at DESC LIMIT {most:UInt32}
"""
"""The reports of one answer are found first, so that only their cases are joined."""
AT_ONCE = 2
"""Largest number of lists that are computed at the same time, for all clients together."""
PARAMETERS = (
    *("service_request_id", "service_code", "start_date", "end_date", "status"),
    *("jurisdiction_id", "api_key"),
)
STATUSES = ("open", "closed")
REPEATED = ("media_url",)
"""Fields for which XML has one element for each value, without an enclosing element."""
ISSUED = r"{token:[0-9a-f]{32}}"
"""The form of the ids that `POST` answers with, which are tokens too."""
CLOSED = ("resolved", "fed_back", "evaluated", "closed", "merged", "withdrawn")

WRONG_KEY = (
    "api_key is not known; leave it out to see how a request stands, or use the key of the app"
)

Item = dict[str, Any]


class Open311:
    """The handlers of GeoReport v2."""

    def __init__(
        self,
        settings: IntakeSettings,
        receiver: Receiver,
        credentials: Credentials,
        reader: Reader,
        bodies: Bodies,
    ) -> None:
        self._receiver, self._reader, self._bodies = receiver, reader, bodies
        self._credentials = credentials
        self._limit, self._proxies = parse(settings.open311_limit), settings.proxies
        self._asked = MovingWindowRateLimiter(MemoryStorage())
        self._at_once = asyncio.Semaphore(AT_ONCE)

    def add_to(self, app: web.Application) -> None:
        """Add the handlers to an application."""
        route = app.router
        route.add_get(f"{BASE}/discovery.{FORMATS}", self._discovery)
        route.add_get(f"{BASE}/services.{FORMATS}", self._services)
        route.add_get(rf"{BASE}/services/{{code:[\w.-]+?}}.{FORMATS}", self._definition)
        route.add_post(f"{BASE}/requests.{FORMATS}", self._post)
        route.add_get(f"{BASE}/requests.{FORMATS}", self._list)
        route.add_get(rf"{BASE}/requests/{{id:[\w-]+}}.{FORMATS}", self._get)
        route.add_get(f"{BASE}/tokens/{ISSUED}.{FORMATS}", self._token)
        route.add_get(rf"{BASE}/tokens/{{token:[\w-]+}}.{FORMATS}", self._unknown_token)

    async def _discovery(self, request: web.Request) -> web.Response:
        discovery = {
            "changeset": "2026-01-01T00:00:00+08:00",
            "contact": "民情枢纽",
            "key_service": "ask the administrator of the hub",
            "endpoints": [
                {
                    "specification": "http://wiki.open311.org/GeoReport_v2",
                    "url": f"{request.scheme}://{request.host}{BASE}",
                    "changeset": "2026-01-01T00:00:00+08:00",
                    "type": "production",
                    "formats": ["application/json", "text/xml"],
                }
            ],
        }
        return _answer(request, "discovery", discovery)

    async def _services(self, request: web.Request) -> web.Response:
        listed = [
            {
                "service_code": leaf.code,
                "service_name": leaf.name,
                "description": leaf.name,
                "metadata": False,
                "type": "realtime",
                "keywords": ",".join(leaf.words),
                "group": leaf.family,
            }
            for leaf in CATEGORIES.values()
        ]
        return _answer(request, "services", listed, "service")

    async def _definition(self, request: web.Request) -> web.Response:
        code = request.match_info["code"]
        if code not in CATEGORIES:
            return _refuse(request, 404, f"service_code {code!r} is not known")
        return _answer(request, "service_definition", {"service_code": code, "attributes": []})

    async def _post(self, request: web.Request) -> web.Response:
        native_id = uuid4().hex
        # A key in a header or in the address proves the sender before the body.
        shown = self._proves(_key(request))
        content_type = request.headers.get("Content-Type", "")
        async with self._bodies.receive(request, proven=shown) as body:
            try:
                # A photo, or many fields, must not keep the other senders waiting.
                posted = await asyncio.to_thread(read_request, body, content_type, Limits())
            except FaultError as error:
                where = error.fault.position.lstrip("/") or "body"
                return _refuse(request, 400, f"{where}: {error.fault.detail}")
            if not (shown or self._proves(posted.form.get("api_key", ""))):
                return _refuse(request, 403, "api_key is missing or not known")
            await self._receiver.take(
                Channel.OPEN311,
                Transport.HTTP,
                body,
                source=request.remote or "",
                content_type=content_type,
                headers={REQUEST_ID: native_id},
            )
        accepted = [
            {
                "service_request_id": native_id,
                "service_notice": "已收到，我们会尽快处理",
                "account_id": posted.form.get("account_id", ""),
            }
        ]
        return _answer(request, "service_requests", accepted, "request", status=201)

    def _proves(self, key: str) -> bool:
        return self._credentials.proves(Channel.OPEN311, "api_key", key)

    async def _get(self, request: web.Request) -> web.Response:
        await self._may_ask(request)
        if self._wrong_key(request):
            return _refuse(request, 403, WRONG_KEY)
        values = {"id": request.match_info["id"]}
        items = await self._find("e.native_id = {id:String}", values, words=bool(_key(request)))
        if not items:
            return _refuse(request, 404, "service_request_id is not known, or not processed yet")
        return _answer(request, "service_requests", items, "request")

    async def _token(self, request: web.Request) -> web.Response:
        """Answer the id of a token: they are the same, because `POST` answers with the id."""
        token = request.match_info["token"]
        pair = {"service_request_id": token, "token": token}
        return _answer(request, "service_requests", [pair], "request")

    async def _unknown_token(self, request: web.Request) -> web.Response:
        return _refuse(request, 404, "token is not known; POST answers with service_request_id")

    async def _may_ask(self, request: web.Request) -> None:
        """Raise `ProblemError` too_often if the address is over its rate limit."""
        asker = address_of(request, self._proxies)
        if not await self._asked.hit(self._limit, asker):
            raise await too_many_requests(self._asked, self._limit, asker)

    async def _list(self, request: web.Request) -> web.Response:
        wanted = {part for part in request.query.get("status", "").split(",") if part}
        if wrong := _misspelled(request, wanted):
            return _refuse(request, 400, wrong)
        await self._may_ask(request)
        if self._wrong_key(request):
            return _refuse(request, 403, WRONG_KEY)
        which, values = ["1"], dict[str, Any]()
        ids = [part for part in request.query.get("service_request_id", "").split(",") if part]
        if len(ids) > MOST:
            return _refuse(request, 400, f"at most {MOST} service_request_id")
        if ids:
            which.append("e.native_id IN {ids:Array(String)}")
            values["ids"] = ids
        for name, test in (("start_date", ">="), ("end_date", "<=")):
            if name in request.query:
                moment = _moment(request.query[name])
                if moment is None:
                    return _refuse(request, 400, f"{name} is no time of ISO 8601")
                which.append(f"e.received_at {test} fromUnixTimestamp64Milli({{{name}:Int64}})")
                values[name] = int(moment.timestamp() * 1000)
        if "service_code" in request.query:
            which.append("e.category IN {codes:Array(String)}")
            values["codes"] = request.query["service_code"].split(",")
        words = bool(ids and _key(request))
        items = await self._find(" AND ".join(which), values, words=words)
        if wanted:
            items = [item for item in items if item["status"] in wanted]
        return _answer(request, "service_requests", items, "request")

    def _wrong_key(self, request: web.Request) -> bool:
        """Return whether the request has a key, and it is not one of the app's."""
        key = _key(request)
        return bool(key) and not self._credentials.proves(Channel.OPEN311, "api_key", key)

    async def _find(self, which: str, values: Mapping[str, Any], *, words: bool) -> list[Item]:
        sql = REQUESTS.replace("PAGE", PAGE.replace("WHICH", which))
        async with self._at_once:
            rows = await asyncio.to_thread(self._reader.rows, sql, {**values, "most": MOST})
        return [_item(row, words=words) for row in rows]


def _moment(text: str) -> datetime | None:
    """Return a time of ISO 8601; one without a zone is Beijing's (GeoReport v2 is silent)."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    at = moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)
    return at if 1970 <= at.year < 2200 else None


def _misspelled(request: web.Request, wanted: Set[str]) -> str:
    """Return the fault in the parameters of a list request; empty if none."""
    unknown = [name for name in request.query if name not in PARAMETERS]
    if unknown:
        return f"{shorten(unknown[0])} is no parameter; there are: {', '.join(PARAMETERS)}"
    for name, value in request.query.items():
        if not value.isprintable():
            return f"{name} has a character that cannot be printed"
        if len(request.query.getall(name)) > 1:
            return f"{name} stands there twice; give it once"
    return "" if wanted <= set(STATUSES) else "status is open, closed, or both with a comma"


def _key(request: web.Request) -> str:
    return request.headers.get(KEY_HEADER) or request.query.get("api_key", "")


def _item(row: Item, *, words: bool) -> Item:
    """Return a request as GeoReport v2 shows it; its words and exact place only where asked for.

    Description, address and media are fields of the standard: they stay, empty.
    """
    state = row["state"] or "received"
    native = json.loads(row.get("native") or "{}") if words else {}
    return {
        "service_request_id": row["id"],
        "status": "closed" if state in CLOSED else "open",
        "status_notes": state,
        "service_code": row["service_code"],
        "service_name": CATEGORIES[row["service_code"]].name,
        "description": row["description"] if words else "",
        "agency_responsible": row["agency"] or "",
        "service_notice": "",
        "requested_datetime": row["requested_datetime"].isoformat(),
        "updated_datetime": row["updated_datetime"].isoformat() if row["state"] else "",
        "expected_datetime": _expected(row),
        "address": row["address"] if words else "",
        "address_id": native.get("address_id", ""),
        "zipcode": native.get("zipcode", ""),
        "lat": row["lat"] if words else _rough(row["lat"]),
        "long": row["lon"] if words else _rough(row["lon"]),
        "media_url": _media(native),
    }


def _expected(row: Item) -> str:
    """Return the deadline of the case; empty before it has one."""
    due = row.get("expected_datetime")
    return due.isoformat() if row["state"] and due else ""


def _media(native: Item) -> str | list[str]:
    """Return the address of a photo, as in the standard; a list where there are several."""
    links = native.get("media_url") or [""]
    return links[0] if len(links) == 1 else links


def _rough(degrees: float | None) -> float | None:
    return None if degrees is None else round(degrees, ROUGH)


def _refuse(request: web.Request, code: int, description: str) -> web.Response:
    return _answer(request, "errors", [{"code": code, "description": description}], "error", code)


def _answer(
    request: web.Request,
    root: str,
    content: Item | Sequence[Item],
    each: str = "",
    status: int = 200,
) -> web.Response:
    if request.match_info["format"] == "json":
        text = json.dumps(content, ensure_ascii=False)
        return web.Response(text=text, status=status, content_type="application/json")
    node = Element(root)
    if isinstance(content, dict):
        _fill(node, content)
    else:
        for item in content:
            _fill(SubElement(node, each), item)
    body = tostring(node, encoding="utf-8", xml_declaration=True)
    return web.Response(body=body, status=status, content_type="text/xml", charset="utf-8")


def _fill(node: Element, item: Mapping[str, Any]) -> None:
    for name, value in item.items():
        if isinstance(value, list) and name in REPEATED:
            for part in value:
                SubElement(node, name).text = str(part)
            continue
        child = SubElement(node, name)
        if isinstance(value, list):
            for part in value:
                inner = SubElement(child, name.removesuffix("s"))
                if isinstance(part, dict):
                    _fill(inner, part)
                else:
                    inner.text = str(part)
        elif value is not None:
            child.text = str(value).lower() if isinstance(value, bool) else str(value)
