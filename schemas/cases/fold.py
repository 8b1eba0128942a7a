"""Entries without what has not changed, and the snapshot that follows from them 折叠. Pure."""

from collections.abc import Sequence

from schemas.cases.case import Case, CaseEvent
from schemas.reports.report import Report

THIN_VERSION = 2
"""`schema_version` of an entry that leaves fields out."""
LEFT_OUT = (
    *("reports", "content", "attachments", "families", "parts", "recent", "suggested", "apart"),
    "whistles",
)
"""Fields of a snapshot that grow with the case or with its text."""
_EMPTY = {name: Case.model_fields[name].get_default() for name in LEFT_OUT}


def thin(entry: CaseEvent, former: Case) -> CaseEvent:
    """Return an entry without the large fields that are as in `former`, the snapshot before it.

    Of the reports it has those that the move added or changed.
    """
    case = entry.case
    kept = [
        name
        for name in LEFT_OUT
        if name == "reports" or getattr(case, name) == getattr(former, name)
    ]
    empty = {name: _EMPTY[name] for name in kept}
    empty["reports"] = _changed(case.reports, former.reports)
    return entry.model_copy(
        update={
            "case": case.model_copy(update=empty),
            "kept": tuple(kept),
            "schema_version": THIN_VERSION,
        }
    )


def _changed(reports: Sequence[Report], former: Sequence[Report]) -> tuple[Report, ...]:
    """Return the reports that are new or not as before.

    Most unchanged ones are the same objects; those of a case that was unpacked meanwhile are equal.
    """
    same = {id(report) for report in former}
    others = [report for report in reports if id(report) not in same]
    if not others:
        return ()
    known = {report.event_id.int: report for report in former}
    return tuple(report for report in others if known.get(report.event_id.int) != report)


def fold(former: Case | None, entry: CaseEvent) -> Case:
    """Return the snapshot after an entry; `former` is the one before it, None at the first.

    After an entry that leaves out reports, it lists every report that was seen; the number of all
    reports is that of the next entry with a whole snapshot. Raises `ValueError` if an entry that
    leaves fields out comes first.
    """
    if not entry.kept:
        return entry.case
    if former is None:
        raise ValueError(f"the entries of case {entry.case_id} before {entry.seq} are missing")
    fields = {name: getattr(former, name) for name in entry.kept}
    if "reports" in entry.kept:
        by_event = {report.event_id: report for report in former.reports}
        by_event |= {report.event_id: report for report in entry.case.reports}
        fields["reports"] = tuple(by_event.values())
    return entry.case.model_copy(update=fields)
