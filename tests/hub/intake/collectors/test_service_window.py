"""The paged API of a window system: its stages are taken once, from the cursor on."""

import json
from pathlib import Path

from aiohttp import web
from pydantic import SecretStr

from connectors.contract import DecodeContext
from connectors.registry import load_connectors
from hub.intake.collectors.service_window import ServiceWindow
from hub.runtime.process import listen
from schemas.channel import Channel
from schemas.reports.raw import Transport
from schemas.reports.service import ServiceStage
from tests.builders.collecting import Desk, at_desk, rounds
from tests.integration.parts import free_port

PAGES = {
    "": {"items": [{"itemNo": "1", "taskName": "退休", "acceptTime": "2026-03-02"}], "next": "a"},
    "a": {"items": [{"itemNo": "1", "taskName": "退休", "finishTime": "2026-03-03"}], "next": "b"},
    "b": {"items": [], "next": "b"},
}


def test_stages_of_a_window_system_are_polled(tmp_path: Path) -> None:
    """Each page is a message of the channel; a second collector goes on at the cursor."""

    async def serve(request: web.Request) -> web.Response:
        return web.json_response(PAGES[request.query["after"]])

    async def whole(desk: Desk) -> None:
        app, port = web.Application(), free_port()
        app.router.add_get("/items", serve)
        runner = await listen(app, "127.0.0.1", port)
        try:
            url = SecretStr(f"http://127.0.0.1:{port}/")
            source = desk.restart(service_items_url=url)
            await rounds(ServiceWindow(source).collect, 4)
            await rounds(ServiceWindow(desk.restart(service_items_url=url)).collect, 2)
        finally:
            await runner.cleanup()
        kept = desk.kept
        assert [(raw.channel, raw.transport) for raw in kept] == [
            (Channel.SERVICE_ITEMS, Transport.POLL)
        ] * 2
        assert [json.loads(raw.body)["next"] for raw in kept] == ["a", "b"]
        decoded = load_connectors()[Channel.SERVICE_ITEMS].decode_batch(kept, DecodeContext())
        facts = [fact for each in decoded for fact in each.facts]
        assert [fact.service and fact.service.stage for fact in facts] == [
            ServiceStage.ACCEPTED,
            ServiceStage.DECIDED,
        ]
        assert {str(dict(fact.native)) for fact in facts} == {"{}"}

    at_desk(tmp_path, whole)
