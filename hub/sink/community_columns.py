"""Columns of the records of projects and deliberations 村居项目与议事的列. Pure."""

from decimal import Decimal
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

from hub.sink.columns import Part, fields, or_empty

_NO_DETAILS = SimpleNamespace(
    number="", name="", project_class="", place="", lon=None, lat=None, summary="", budget="0"
)
"""In place of the details of a record that registers nothing."""
_NO_MONEY = SimpleNamespace(source="", amount="0", donor="")
"""In place of the money of a record without any."""
PROJECT = (
    Part(
        {
            **fields(
                "record_id code seq kind at actor unit division_code grid_code due contractor note"
                " cancels"
            ),
            "stage": or_empty("stage"),
            "papers": lambda record: len(record.papers),
            "planned_sources": lambda record: [str(item.source) for item in record.planned],
            "planned_amounts": lambda record: [Decimal(item.amount) for item in record.planned],
        }
    ),
    Part(
        {
            **fields("number name project_class place lon lat summary"),
            "budget": lambda details: Decimal(details.budget),
        },
        attrgetter("details"),
        _NO_DETAILS,
    ),
    Part(
        {**fields("source donor"), "amount": lambda money: Decimal(money.amount)},
        attrgetter("money"),
        _NO_MONEY,
    ),
)
"""The columns of `project_records`."""

_NO_TOPIC = SimpleNamespace(number="", title="", place="", summary="")
"""In place of the details of a record that registers nothing."""
_NO_CALL = SimpleNamespace(kind="", caller="", noticed_on=None)
_NO_MEETING = SimpleNamespace(day=None, entitled=0)
_NO_ATTENDANCE = SimpleNamespace(attended=0)
_NO_DECISION = SimpleNamespace(
    result="",
    decided_on=None,
    text="",
    votes=SimpleNamespace(in_favour=0, against=0, abstained=0),
)
_NO_PUBLICATION = SimpleNamespace(since=None, until=None)


def _meeting_of(record: Any) -> Any:
    """Return what has the day of a meeting and how many may vote; None if nothing has."""
    return record.attendance or record.call


def _cases_of(record: Any) -> list[Any]:
    registered = record.details.cases if record.details else ()
    return [*registered, *((record.case_id,) if record.case_id else ())]


def _project_of(record: Any) -> str:
    project: str = record.details.project if record.details else record.project
    return project


DELIBERATION = (
    Part(
        {
            **fields(
                "record_id code seq kind at actor unit division_code grid_code due carried_by"
                " answers upheld note"
            ),
            "step": or_empty("step"),
            "papers": lambda record: len(record.papers),
            "cases": _cases_of,
            "project": _project_of,
        }
    ),
    Part(fields("number title place summary"), attrgetter("details"), _NO_TOPIC),
    Part(
        {"meeting_kind": attrgetter("kind"), **fields("caller noticed_on")},
        attrgetter("call"),
        _NO_CALL,
    ),
    Part(
        {"meeting_on": attrgetter("day"), "entitled": attrgetter("entitled")},
        _meeting_of,
        _NO_MEETING,
    ),
    Part(fields("attended"), attrgetter("attendance"), _NO_ATTENDANCE),
    Part(
        {
            **fields("result decided_on"),
            "in_favour": attrgetter("votes.in_favour"),
            "against": attrgetter("votes.against"),
            "abstained": attrgetter("votes.abstained"),
            "resolution": attrgetter("text"),
        },
        attrgetter("decision"),
        _NO_DECISION,
    ),
    Part(
        {"published_since": attrgetter("since"), "published_until": attrgetter("until")},
        attrgetter("publication"),
        _NO_PUBLICATION,
    ),
)
"""The columns of `deliberation_records`."""
