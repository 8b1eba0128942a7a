"""One case of every channel from report to evaluation, and the deadlines of all cases."""

import asyncio
import json
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hub.accounts.callers import add_caller
from hub.security.credentials import load_or_create_credentials
from hub.store.reader import Reader
from hub.web.signature import signed_headers
from schemas.cases.command import Role
from schemas.channel import REPORTING, Channel
from tests.end_to_end.receivers import Receivers
from tests.end_to_end.running import Hub, running
from tests.integration.parts import await_true

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]

AHEAD = 40 * 86400
"""Seconds by which the clock is moved: past every deadline, and past the closing."""
CHOICE = (
    "SELECT toString(case_id) AS id, unit FROM cases WHERE state = 'assigned'"
    " AND has(channels, {channel:String}) AND NOT handed_over"
    " AND case_id NOT IN {taken:Array(UUID)} ORDER BY length(channels), opened_at LIMIT 1"
)
STATES = "SELECT DISTINCT state FROM cases WHERE case_id IN {ids:Array(UUID)}"
TIMERS = {"accept", "yellow", "red", "up", "close"}
TIMED = (
    "SELECT JSONExtractString(data, 'timer') AS timer, count() AS entries,"
    " uniqExact(case_id, JSONExtractString(data, 'set_for')) AS different,"
    " countIf(parseDateTime64BestEffort(JSONExtractString(data, 'set_for'), 3) != at) AS late"
    " FROM case_events WHERE JSONExtractString(data, 'timer') != '' GROUP BY timer"
)


@pytest.fixture(scope="module")
def receivers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Receivers, Path]]:
    """Return the systems that receive feedback, and the folder of their addresses."""
    folder = tmp_path_factory.mktemp("life")
    receivers = Receivers(folder)
    receivers.start()
    yield receivers, folder
    receivers.stop()


class Life:
    """A hub, and the clients that handle its cases over HTTP."""

    def __init__(self, hub: Hub) -> None:
        self.hub, self.reader = hub, Reader(hub.settings)
        self.tokens: dict[tuple[Role, str], str] = {}

    def rows(self, sql: str, **parameters: Any) -> list[dict[str, Any]]:
        """Return the rows of a query."""
        return self.reader.rows(sql, parameters)

    def token(self, role: Role, unit: str = "") -> str:
        """Return the token of a caller; a new caller is added."""
        if (role, unit) not in self.tokens:
            name = f"{role} {unit}"
            self.tokens[role, unit] = add_caller(self.hub.settings, name, role, unit)
        return self.tokens[role, unit]

    def command(self, case: str, role: Role, unit: str = "", **wish: object) -> str:
        """Issue a command over HTTP; return the state that it led to."""
        where = f"http://127.0.0.1:{self.hub.settings.overview_port}/api/v1/cases/{case}/commands"
        headers = {
            "Authorization": f"Bearer {self.token(role, unit)}",
            "Content-Type": "application/json",
        }
        request = urllib.request.Request(where, json.dumps(wish).encode(), headers)
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310 - loopback
            return str(json.load(answer)["state"])

    def choose_cases(self) -> dict[str, str]:
        """Return a separate case for each channel, accepted and answered by its unit."""
        chosen: dict[str, str] = {}
        units: dict[str, str] = {}
        for channel in REPORTING:
            (row,) = self.rows(CHOICE, channel=channel, taken=list(chosen.values()))
            chosen[channel], units[row["id"]] = row["id"], row["unit"]
            self.token(Role.UNIT, row["unit"])

        def settle(case: str) -> tuple[str, str]:
            accepted = self.command(case, Role.UNIT, units[case], move="accept")
            settled = {"move": "resolve", "reason": "已处理完毕"}
            return accepted, self.command(case, Role.UNIT, units[case], **settled)

        with ThreadPoolExecutor(len(units)) as pool:
            assert set(pool.map(settle, units)) == {("accepted", "resolved")}
        return chosen

    def await_state(self, cases: dict[str, str], state: str) -> None:
        """Wait until all these cases are in a state."""

        def has_state() -> bool:
            states = self.rows(STATES, ids=list(cases.values()))
            return [row["state"] for row in states] == [state]

        await_true(has_state, f"all are {state}")

    def call_back(self, channel: Channel, case: str) -> None:
        """Send an evaluation as the channel itself sends it, over signed HTTP."""
        (row,) = self.rows(
            "SELECT splitByChar('/', arrayFirst(id -> startsWith(id, {channel:String}),"
            " native_ids))[2] AS number FROM cases WHERE case_id = {case:UUID}",
            channel=f"{channel}/",
            case=case,
        )
        headers = {"Content-Type": "application/json"}
        fields: dict[str, Any] = {"responded": "是", "settled": "是", "satisfaction": "满意"}
        if channel is Channel.HOTLINE_12345:
            fields |= {"workOrderNo": row["number"], "callType": "回访", "revision": "back"}
            fields["callTime"] = datetime.now(UTC).isoformat()
        else:
            fields["disputeNo"] = row["number"]
            headers |= {
                "ce-specversion": "1.0",
                "ce-id": "back",
                "ce-source": "/zongzhi",
                "ce-type": "cn.zongzhi.dispute.evaluated",
            }
        self.push(channel, fields, headers)

    def push(self, channel: Channel, fields: dict[str, Any], headers: dict[str, str]) -> None:
        """Send one JSON message to the intake, signed."""
        body = json.dumps(fields, ensure_ascii=False).encode()
        secret = load_or_create_credentials(self.hub.settings).value(channel, "secret")
        url = f"http://127.0.0.1:{self.hub.settings.intake_port}/v1/intake/{channel}"

        async def post() -> int:
            signed = headers | signed_headers(secret, body)
            async with (
                aiohttp.ClientSession() as session,
                session.post(url, data=body, headers=signed) as answer,
            ):
                return answer.status

        assert asyncio.run(post()) == 202

    def grant_a_wish(self) -> None:
        """Report a wish in a visit, let a volunteer fulfil it, and await each feedback."""
        fields = {
            "id": "visit-1",
            "type": "visit",
            "workerId": "W-1",
            "gridCode": "429999001001001",
            "at": datetime.now(UTC).isoformat(),
            "household": {"code": "H001001001-001"},
            "found": {"type": "wish", "text": "想要一台旧电视"},
        }
        self.push(Channel.GRID_PATROL, fields, {"Content-Type": "application/x-ndjson"})
        staged = (
            "SELECT toString(case_id) AS id, stage, volunteer FROM wishes"
            " WHERE content = '想要一台旧电视' AND household = 'H001001001-001'"
        )

        def stage() -> list[str]:
            return [row["stage"] for row in self.rows(staged)]

        await_true(lambda: stage() == ["dispatched"], "the wish is dispatched")
        case = self.rows(staged)[0]["id"]
        platform = {"data": {"volunteer": "V-017"}}
        assert self.command(case, Role.VOLUNTEER, move="take", **platform) == "handling"
        settled = self.command(case, Role.VOLUNTEER, move="resolve", reason="送到了", **platform)
        assert settled == "resolved"
        await_true(lambda: stage() == ["done"], "the wish is granted")
        assert self.rows(staged)[0]["volunteer"] == "V-017"
        sql = "SELECT move FROM deliveries WHERE case_id = {id:UUID} AND outcome = 'delivered'"
        await_true(
            lambda: {"take", "resolve"} <= {row["move"] for row in self.rows(sql, id=case)},
            "the worker's app has the feedback",
            60,
        )


def test_a_case_of_each_channel_is_closed(receivers: tuple[Receivers, Path]) -> None:
    """Each is reported, assigned, accepted, answered, fed back, evaluated, and closed when due."""
    transports, folder = receivers
    smtp = f"smtp://127.0.0.1:{transports.smtp_port}"
    with running(folder, HUB_SMTP_URL=smtp) as hub:
        hub.await_accounted(hub.send(hub.day(400, seed=23)))
        life = Life(hub)
        cases = life.choose_cases()
        life.await_state(cases, "fed_back")
        life.grant_a_wish()
        proved = life.rows(
            "SELECT DISTINCT channel FROM deliveries WHERE move = 'resolve'"
            " AND outcome = 'delivered' AND case_id IN {ids:Array(UUID)}",
            ids=list(cases.values()),
        )
        assert {row["channel"] for row in proved} == set(REPORTING)
        for channel, case in cases.items():
            if channel in (Channel.HOTLINE_12345, Channel.GOVERNANCE_PLATFORM):
                life.call_back(Channel(channel), case)
            else:
                data = {"settled": True, "satisfied": True}
                outcome = life.command(
                    case, Role.CALLBACK, move="evaluate", reason="满意", data=data
                )
                assert outcome == "evaluated"
        life.await_state(cases, "evaluated")
        (rates,) = life.rows(
            "SELECT countIf(responded) AS responded, countIf(settled) AS settled,"
            " countIf(satisfied) AS satisfied FROM cases WHERE case_id IN {ids:Array(UUID)}",
            ids=list(cases.values()),
        )
        assert rates == dict.fromkeys(("responded", "settled", "satisfied"), len(REPORTING))
        life.reader.close()
        assessed(hub, cases)
        assert hub.stop() == 0

    with running(folder, HUB_SMTP_URL=smtp, HUB_CLOCK_SHIFT=str(AHEAD)) as later:
        life = Life(later)
        life.await_state(cases, "closed")
        asleep = "SELECT count() AS n FROM cases WHERE state = 'assigned' AND NOT handed_over"
        await_true(lambda: life.rows(asleep) == [{"n": 0}], "no unit sits on a case")
        # The snapshots of a batch are stored before its entries.
        await_true(lambda: {row["timer"] for row in life.rows(TIMED)} >= TIMERS, "the timers")
        timed = {row.pop("timer"): row for row in life.rows(TIMED)}
        for row in timed.values():
            # Each timer has fired once, at the moment for which it was set.
            assert row["entries"] == row["different"]
            assert row["late"] == 0
        gaps = "SELECT case_id FROM case_events GROUP BY case_id HAVING count() != max(seq)"
        assert life.rows(gaps) == []
        life.reader.close()


def assessed(hub: Hub, cases: dict[str, str]) -> None:
    """Check that each number on the command line equals its list, case by case."""
    result = hub.run("assess", "--figure", "satisfaction", "--json")
    figures = [json.loads(line) for line in result.stdout.splitlines()]
    assert sum(figure["occasions"] for figure in figures) == len(cases), result.stderr
    behind = hub.run("assess", "--figure", "satisfaction", "--list", "--json")
    listed = [json.loads(line) for line in behind.stdout.splitlines()]
    assert {line["case_id"] for line in listed} == set(cases.values())
    counted = Counter(line["unit"] for line in listed)
    assert counted == {figure["unit"]: figure["occasions"] for figure in figures}
    unit = figures[0]["unit"]
    own = hub.run("assess", "--figure", "satisfaction", "--list", "--json", "--of", unit)
    assert len(own.stdout.splitlines()) == counted[unit]
    assert "100.0%" in hub.run("assess", "--figure", "satisfaction").stdout
    assert hub.run("assess", "--by", "worker", "--month", "2026-13").returncode == 2
