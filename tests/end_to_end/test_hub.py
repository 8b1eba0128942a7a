"""One day through the whole hub, and how each kind of user sees it."""

import base64
import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.accounts.staff import StaffRole, add_member
from hub.lab.simulate.deliver import DeliveryCounts
from hub.sql.roles import HIDDEN
from hub.store.catalogue import DATA, Theme
from hub.store.reader import Reader
from schemas.channel import REPORTING, SYSTEMS, Channel
from tests.contract.samples import ROOT
from tests.end_to_end.receivers import PUSHED, Receivers
from tests.end_to_end.running import Hub, running
from tests.integration.parts import await_true

pytestmark = [pytest.mark.end_to_end]

CHANGES = (
    "DROP TABLE events",
    "INSERT INTO areas VALUES ('1', '2', '3')",
    "CREATE TABLE x (a Int8) ENGINE = Memory",
    "ALTER TABLE events DELETE WHERE 1",
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT * FROM url('http://127.0.0.1/', 'LineAsString')",
    "SELECT 1 SETTINGS readonly = 0",
    "SET readonly = 0",
    "SELECT 1 INTO OUTFILE '/tmp/minqing.tsv'",
    "SELECT 1 INTO/**/outfile '/tmp/minqing.tsv'",
)


def _city(hub: Hub) -> Client:
    """Return a client that sees the whole city."""
    password = add_member(hub.settings, "主任", StaffRole.CITY, "", "")
    return clickhouse_connect.get_client(
        host="127.0.0.1", port=hub.settings.sql_port, username="主任", password=password
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the hub's folder."""
    return tmp_path_factory.mktemp("hub")


@pytest.fixture(scope="module")
def receivers(folder: Path) -> Iterator[Receivers]:
    """Return the systems that receive feedback."""
    receivers = Receivers(folder)
    receivers.start()
    yield receivers
    receivers.stop()


@pytest.fixture(scope="module")
def fed(folder: Path, receivers: Receivers) -> Iterator[tuple[Hub, DeliveryCounts]]:
    """Return a hub that has received a day of all sources."""
    smtp = f"smtp://127.0.0.1:{receivers.smtp_port}"
    with running(folder, HUB_SMTP_URL=smtp, HUB_PUBLIC="figures") as hub:
        sent = hub.send(hub.day(500, seed=11))
        hub.await_accounted(sent)
        yield hub, sent


def test_all_sources_are_accounted_for(fed: tuple[Hub, DeliveryCounts]) -> None:
    """Each of the fifteen sources has sent messages, and all of them are accounted for."""
    hub, sent = fed
    assert set(sent.parts) == set(SYSTEMS)
    assert not sent.failed
    reader = Reader(hub.settings)
    (row,) = reader.rows(
        "SELECT count() AS cases, countIf(unit != '') AS assigned, countIf(reports > 1) AS merged"
        " FROM cases"
    )
    reader.close()
    assert row["assigned"] > row["cases"] * 0.9
    assert row["merged"] > 0


def test_every_channel_receives_feedback(
    fed: tuple[Hub, DeliveryCounts], receivers: Receivers, folder: Path
) -> None:
    """Each channel gets signed feedback by its transport, although its system fails at times."""
    hub, _ = fed
    reader = Reader(hub.settings)

    def counts_by_channel() -> dict[str, tuple[int, int, int]]:
        rows = reader.rows("SELECT channel, delivered, waiting, dead FROM feedback_by_channel")
        return {row["channel"]: (row["delivered"], row["waiting"], row["dead"]) for row in rows}

    def all_delivered() -> bool:
        states = counts_by_channel()
        return set(states) == set(REPORTING) and all(
            delivered and not waiting for delivered, waiting, _ in states.values()
        )

    await_true(all_delivered, "all channels have feedback")
    assert not any(dead for _, _, dead in counts_by_channel().values())
    counts = {channel: len(messages) for channel, messages in receivers.got.items()}
    assert counts == {channel: counts_by_channel()[channel][0] for channel in counts}
    assert set(counts) == {*PUSHED, "wechat_official", "mayor_mailbox"}
    assert receivers.requests > sum(counts.values()) - counts["mayor_mailbox"]
    for channel, ending in (
        ("transport_12328", "csv"),
        ("labour_12333", "xlsx"),
        ("petition_letters", "xml"),
    ):
        assert list((folder / "outbox" / channel).glob(f"*.{ending}"))
    (proof,) = reader.rows("SELECT proof FROM deliveries WHERE channel = 'hotline_12345' LIMIT 1")
    assert proof["proof"].startswith("HTTP 200")
    reader.close()


def test_a_citizen_follows_his_report_by_its_code(fed: tuple[Hub, DeliveryCounts]) -> None:
    """The code in the feedback opens the progress page and API without login."""
    hub, _ = fed
    reader = Reader(hub.settings)
    (row,) = reader.rows(
        "SELECT JSONExtractString(body, 'tracking') AS code, text FROM feedback"
        " WHERE channel = 'hotline_12345' AND move = 'assign' ORDER BY at LIMIT 1"
    )
    reader.close()
    intake = f"http://127.0.0.1:{hub.settings.intake_port}"
    with urllib.request.urlopen(f"{intake}/v1/progress/{row['code']}") as answer:  # noqa: S310
        progress = json.load(answer)
    assert row["text"] in [step["text"] for step in progress["steps"]]
    with urllib.request.urlopen(f"{intake}/t/{row['code']}") as answer:  # noqa: S310
        assert row["text"] in answer.read().decode()


def test_a_citizen_follows_a_service_item_by_its_code(fed: tuple[Hub, DeliveryCounts]) -> None:
    """The window system has pushed its stages; none of them has opened a case."""
    hub, _ = fed
    reader = Reader(hub.settings)
    (row,) = reader.rows(
        "SELECT number, tracking, item_name, department FROM service_items"
        " WHERE state = 'done' ORDER BY number LIMIT 1"
    )
    (cases,) = reader.rows(
        "SELECT countIf(outcome != 'noted') AS others, count() AS stages FROM dispositions"
        " WHERE channel = 'service_items'"
    )
    reader.close()
    intake = f"http://127.0.0.1:{hub.settings.intake_port}"
    with urllib.request.urlopen(f"{intake}/v1/progress/{row['tracking']}") as answer:  # noqa: S310
        progress = json.load(answer)
    assert (progress["status"], progress["category"]) == ("已办结", row["item_name"])
    assert [step["status"] for step in progress["steps"]][:2] == ["申请", "受理"]
    with urllib.request.urlopen(f"{intake}/t/{row['tracking']}") as answer:  # noqa: S310
        assert row["department"] in answer.read().decode()
    assert cases["stages"] > 20
    assert cases["others"] == 0


def test_no_personal_number_is_in_clear(fed: tuple[Hub, DeliveryCounts]) -> None:
    """No text that staff or subscribers read has a citizen's phone number in clear."""
    hub, _ = fed
    pushed = b"".join(m.body for m in hub.day(500, seed=11) if m.channel == Channel.HOTLINE_12345)
    phones = re.findall(rb'"phone": "(\d{11})"', pushed)[:200]
    assert len(phones) > 100
    reader = Reader(hub.settings)
    texts = {
        "events": "content || title || place_text || native || reporter_masked",
        "cases": "content || title || body",
        "case_events": "reason || data",
    }
    for table, text in texts.items():
        (row,) = reader.rows(
            f"SELECT countIf(multiSearchAny({text}, {{phones:Array(String)}})) AS n FROM {table}",
            {"phones": [phone.decode() for phone in phones]},
        )
        assert row["n"] == 0, table
    reader.close()


def test_the_sql_endpoint_answers_like_clickhouse(fed: tuple[Hub, DeliveryCounts]) -> None:
    """The official client connects, binds parameters, and reads every shipped view."""
    client = _city(fed[0])
    rows = client.query(
        "SELECT name FROM areas WHERE code IN {codes:Array(String)} AND name != {odd:String}",
        {"codes": ["429999"], "odd": "a'b\\c\n中"},
    ).result_rows
    assert rows == [("清河县",)]
    many = client.query("SELECT length({ids:Array(String)})", {"ids": ["x" * 30] * 3000})
    assert many.result_rows == [(3000,)]
    views = client.query(
        "SELECT name FROM system.tables WHERE engine = 'View' AND database = currentDatabase()"
    ).result_rows
    shown = [view for (view,) in views if DATA[view].theme is not Theme.INNER]
    assert len(shown) >= 9
    for view in shown:
        but = f" EXCEPT ({', '.join(HIDDEN[view])})" if view in HIDDEN else ""
        client.query(f"SELECT *{but} FROM {view} LIMIT 5")
    client.close()


def test_the_sql_endpoint_changes_nothing(fed: tuple[Hub, DeliveryCounts]) -> None:
    """No statement writes to the store or to a file, or reads anything outside the store."""
    client = _city(fed[0])
    for statement in CHANGES:
        with pytest.raises(ClickHouseError):
            client.raw_query(statement)
    assert not Path("/tmp/minqing.tsv").exists()  # noqa: S108 - the name in the statements
    client.close()


def test_the_page_shows_the_counts_of_the_store(fed: tuple[Hub, DeliveryCounts]) -> None:
    """With public figures, a visitor sees the figures of the views, and no case."""
    hub, _ = fed
    data = json.loads(hub.get(hub.settings.overview_port, "/api/overview"))
    counts = hub.counts()
    assert {row["channel"]: row["events"] for row in data["accounting"]} == {
        channel: row["events"] for channel, row in counts.items()
    }
    reader = Reader(hub.settings)
    (totals,) = reader.rows("SELECT count() AS open, countIf(overdue) AS overdue FROM open_cases")
    reader.close()
    assert {name: data["totals"][name] for name in totals} == totals
    assert sum(row["open"] for row in data["tiers"]) == totals["open"]
    with pytest.raises(urllib.error.HTTPError, match="401"):
        hub.get(hub.settings.overview_port, "/api/cases")


@pytest.mark.slow
def test_a_rejected_message_is_shown_and_replayed(fed: tuple[Hub, DeliveryCounts]) -> None:
    """It shows its reason, position and bytes; after a replay it is received as a new message."""
    hub, _ = fed
    listed = hub.run("rejected", "ls", "--json", "--limit", "500")
    rows = [json.loads(line) for line in listed.stdout.splitlines()]
    chosen = next(row for row in rows if row["channel"] == "hotline_12345")
    shown = hub.run("rejected", "show", chosen["rejected_id"]).stdout
    assert chosen["reason"] in shown
    assert "workOrderNo" in shown
    received = hub.counts()["hotline_12345"]["received"]
    replayed = hub.run("rejected", "replay", chosen["rejected_id"])
    assert replayed.returncode == 0, replayed.stderr
    await_true(
        lambda: hub.counts()["hotline_12345"]["received"] == received + 1, "the replay arrives"
    )

    def since() -> str:
        rows = hub.run("rejected", "ls", "--json", "--limit", "500").stdout.splitlines()
        states = {row["rejected_id"]: row["since"] for row in map(json.loads, rows)}
        return str(states[chosen["rejected_id"]])

    await_true(lambda: since() == "replayed", "the list says that it was replayed")
    unknown = hub.run("rejected", "show", "00000000-0000-0000-0000-000000000000")
    assert unknown.returncode == 1
    assert "hub rejected ls" in unknown.stderr


@pytest.mark.slow
def test_a_large_message_goes_all_the_way(fed: tuple[Hub, DeliveryCounts], tmp_path: Path) -> None:
    """Ten megabytes that are no JSON are accepted, rejected, and returned byte for byte."""
    hub, _ = fed
    body = b'{"orders": [' + b"x" * 10_000_000
    (tmp_path / "large.json").write_bytes(body)
    receipt = hub.run("send", "hotline_12345", str(tmp_path / "large.json")).stdout.split()[-1]
    reader = Reader(hub.settings)
    sql = "SELECT toString(rejected_id) AS id FROM rejected WHERE receipt_id = {id:UUID}"
    await_true(lambda: bool(reader.rows(sql, {"id": receipt})), "it is rejected")
    shown = hub.run("rejected", "show", reader.rows(sql, {"id": receipt})[0]["id"], "--json")
    assert base64.b64decode(json.loads(shown.stdout)["raw"]["body"]) == body
    reader.close()


def test_the_command_line_sends_and_queries(fed: tuple[Hub, DeliveryCounts]) -> None:
    """`hub send` signs files; `hub query` prints rows of the store; errors are sentences."""
    hub, _ = fed
    sample = str(ROOT / "urban_12319" / "ordinary.json")
    assert "receipt" in hub.run("send", "urban_12319", sample).stdout
    assert hub.run("send", "leader_board", sample).returncode == 1
    sql = "SELECT count() FROM events WHERE native_id = 'CG2026030200021'"
    await_true(lambda: hub.run("query", sql, "--format", "TSV").stdout == "1\n", "it is stored")
    wrong = hub.run("query", "SELECT nothing_of_that_name")
    assert wrong.returncode == 1
    assert "Traceback" not in wrong.stderr


def test_open311_shows_the_status_of_a_request(fed: tuple[Hub, DeliveryCounts]) -> None:
    """A request has its status, office and service, by id and in lists."""
    hub, sent = fed
    known = next(line for line in sent.truth if line["channel"] == "open311")
    base = f"/open311/v2/requests/{known['native_id']}"
    (request,) = json.loads(hub.get(hub.settings.intake_port, f"{base}.json"))
    assert request["service_request_id"] == known["native_id"]
    assert request["status"] in ("open", "closed")
    assert b"<service_requests><request>" in hub.get(hub.settings.intake_port, f"{base}.xml")
    listed = json.loads(hub.get(hub.settings.intake_port, "/open311/v2/requests.json?status=open"))
    assert len(listed) == sent.parts[Channel.OPEN311]


def test_a_subscriber_of_twenty_lines_follows_the_cases(fed: tuple[Hub, DeliveryCounts]) -> None:
    """The script in the documentation reads every case from its first entry on."""
    hub, _ = fed
    script = Path(__file__).parents[2] / "docs" / "subscriber.py"
    assert len(script.read_text(encoding="utf-8").splitlines()) <= 25
    with subprocess.Popen(
        [sys.executable, str(script), hub.settings.bootstrap], stdout=subprocess.PIPE, text=True
    ) as follower:
        assert follower.stdout is not None
        lines = [follower.stdout.readline() for _ in range(50)]
        follower.kill()
    assert any("立案" in line for line in lines)
    assert any("assigned" in line for line in lines)


@pytest.mark.slow
def test_a_case_that_a_citizen_calls_unsettled_is_assigned_again(
    fed: tuple[Hub, DeliveryCounts],
) -> None:
    """A unit accepts and answers a case over HTTP; an evaluation as unsettled assigns it again."""
    hub, _ = fed
    reader = Reader(hub.settings)
    sql = "SELECT toString(case_id) AS id, unit FROM cases WHERE state = 'assigned' LIMIT 1"
    case, unit = reader.rows(sql)[0].values()
    token = hub.run("callers", "add", "承办单位", "--role", "unit", "--unit", unit).stdout.strip()
    where = f"http://127.0.0.1:{hub.settings.overview_port}/api/v1/cases/{case}/commands"

    def command(**wish: object) -> tuple[int, dict[str, object]]:
        request = urllib.request.Request(
            where,
            json.dumps(wish).encode(),
            {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310 - loopback
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)

    assert command(move="accept")[1]["state"] == "accepted"
    status, answer = command(move="accept")
    assert (status, answer["code"]) == (409, "refused")
    assert command(move="resolve", reason="已处理")[1]["state"] == "resolved"
    result = hub.run("cases", "evaluate", case, "--unsettled", "--as", "回访员")
    assert "is assigned" in result.stdout, result.stderr

    def moves() -> list[str]:
        sql = "SELECT move FROM case_events WHERE case_id = {id:UUID} ORDER BY seq"
        stored_moves = [row["move"] for row in reader.rows(sql, {"id": case})]
        # The answer reaches its channel before or after the evaluation.
        return [move for move in stored_moves if move != "feed_back"]

    await_true(lambda: moves()[-4:] == ["resolve", "evaluate", "reopen", "assign"], "in the store")
    sql = "SELECT move FROM feedback WHERE case_id = {id:UUID} ORDER BY seq"
    wanted = {"open", "assign", "accept", "resolve", "reopen"}
    # It comes by another topic than the entries, so it may be stored a moment later.
    await_true(
        lambda: wanted <= {row["move"] for row in reader.rows(sql, {"id": case})},
        "its people have feedback on every step",
    )
    reader.close()
