"""A need that a grid worker notes on a visit becomes a report or a wish beside the visit."""

from connectors.registry import load_connectors
from schemas.reports.fact import Kind, Urgency
from tests.contract.samples import load_samples


def test_a_visit_with_a_need_is_two_facts() -> None:
    """Same worker, place and time; the need has its own words, and none of the visit's."""
    sample = next(each for each in load_samples() if str(each) == "grid_patrol/odd_found.ndjson")
    decoded = load_connectors()["grid_patrol"].decode_batch([sample.raw], sample.context)[0]
    visit, wish, check, report, *_ = decoded.facts
    assert (visit.kind, check.kind) == (Kind.VISIT, Kind.PATROL_CHECK)
    assert (wish.kind, wish.category, wish.content) == (Kind.WISH, "welfare.wish", "想装一个扶手")
    assert (wish.household, wish.worker, wish.contact) == ("H-0031", "W-7", visit.contact)
    assert (wish.occurred_at, wish.place) == (visit.occurred_at, visit.place)
    assert (report.kind, report.urgency, report.content) == (
        Kind.REPORT,
        Urgency.URGENT,
        "井盖破损",
    )
    assert report.native == {"during": "c1", "workerId": "W-7"}
