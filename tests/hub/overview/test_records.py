"""Lists of duties and messages, units that are offered, reasons and links of the page's cases."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from hub.accounts.staff import StaffRole
from hub.overview.record_lists import MESSAGES
from hub.store.client import Store
from schemas.cases.case import Case, Move
from schemas.reports.danger import Danger, DangerKind
from schemas.reports.fact import Attachment
from schemas.reports.receipt import Disposition, Outcome, Receipt
from schemas.reports.rejected import Reason, Rejected
from schemas.topic import CASES, DISPOSITIONS, EVENTS, RECEIPTS, REJECTED
from streams.case.state import PartitionState
from streams.steps.event import step
from tests.builders.commands import ask
from tests.builders.fortnight import sealed_report
from tests.builders.stored import keep
from tests.builders.town import REGISTER
from tests.hub.overview.page import Page, serve


def test_each_number_of_the_accounting_has_its_list(store: Store, tmp_path: Path) -> None:
    """The lists are as long as the numbers; only members of the whole county read them."""
    now = datetime.now(UTC)
    reports = [sealed_report(number, now) for number in range(3)]
    outcomes = (Outcome.OPENED, Outcome.MERGED, Outcome.FOLLOWED)
    for report, outcome in zip(reports, outcomes, strict=True):
        more = {"receipt_id": report.receipt_id, "channel": report.channel}
        decided = {"event_id": report.event_id, "route": report.route, "at": now}
        keep(store, DISPOSITIONS.name, Disposition(outcome=outcome, **more, **decided))
        receipt = {"received_at": now, "size": 10, "event_ids": (report.event_id,)}
        keep(store, RECEIPTS.name, Receipt(duplicates=1, **more, **receipt))
    keep(store, EVENTS.name, *reports)
    bad = {"reason": Reason.BAD_TIME, "detail": "no time", "received_at": now}
    receipt_id = uuid4()
    rejected = Rejected(
        rejected_id=uuid4(), receipt_id=receipt_id, channel=str(reports[0].channel), **bad
    )
    keep(store, REJECTED.name, rejected)

    async def talk(page: Page) -> None:
        await page.log_in("主任", StaffRole.CITY)
        (row,) = (await page.get("/api/overview"))["accounting"]
        assert int(row["received"]) == 3
        for part in MESSAGES:
            path = f"/api/messages?channel={row['channel']}&part={part}"
            total = (await page.get(path))["total"]
            # A repeated part is counted; its list has the deliveries that held one.
            assert (total, part) == (int(row[part]), part)
        for wrong in ("channel=x&part=opened", "channel=hotline_12345&part=x", "a=1"):
            assert (await page.client.get(f"/api/messages?{wrong}")).status == 400
        assert (await page.get("/api/duties?plan=none&outcome=done"))["total"] == 0
        await page.log_in("所长", StaffRole.UNIT, "U-T")
        path = "/api/messages?channel=hotline_12345&part=opened"
        assert (await page.client.get(path)).status == 403
        assert (await page.get("/api/overview"))["flow"] == []

    serve(store, tmp_path, talk)


def test_a_waiting_case_shows_why_and_who_may_have_it(store: Store, tmp_path: Path) -> None:
    """退单: the list has the reason; the units that may take the case are offered in order."""
    state, now = PartitionState(), datetime.now(UTC)
    links = (
        Attachment(name="井盖.jpg", url="https://pictures.example/1.jpg"),
        Attachment(name="只有名称"),
    )
    danger = Danger(kind=DangerKind.OPENING, words="井盖不见了")
    report = sealed_report(1, now, category="facility.streetlight", grid="G1")
    report = report.model_copy(update={"attachments": links, "danger": danger})
    opened = step(state, report, REGISTER)
    state.apply(opened)
    case: Case = opened.case_events[-1].case
    returned = ask(state, case, Move.RETURN, now, reason="灯杆属于供电公司")
    keep(store, CASES.name, *opened.case_events, *returned.case_events)
    keep(store, EVENTS.name, report)

    async def talk(page: Page) -> None:
        await page.log_in("主任", StaffRole.CITY)
        (line,) = (await page.get("/api/cases?waiting=1"))["rows"]
        assert (line["reason"], int(line["returns"])) == ("灯杆属于供电公司", 1)
        path = f"/api/cases/{case.case_id}"
        assert await page.get(f"{path}/units") == ["U-T"]
        assert await page.get(f"{path}/units?category=environment.garbage") == ["U-V"]
        assert (await page.client.get(f"{path}/units?category=nothing")).status == 400
        details = await page.get(path)
        (shown,) = details["reports"]
        assert shown["danger"] == "opening"
        assert [link["url"] for link in json.loads(shown["attached"])] == [links[0].url]
        assert {"assign", "triage"} <= details["may"].keys()
        assert not {"take", "arrive", "split", "keep_apart"} & details["may"].keys()

    serve(store, tmp_path, talk)
