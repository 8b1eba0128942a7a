"""A filed report 归入诉求件: a report of a large case that its snapshot no longer lists.

The snapshot of a case lists a bounded number of reports, so that its size does not grow with every
citizen who reports the same matter. The other reports are on `case-reports.v1`, one record each.
"""

from uuid import UUID

from pydantic import Field

from schemas.base import SCHEMA_VERSION, Frozen, Instant
from schemas.reports.report import Report


class FiledReport(Frozen):
    """A report on `case-reports.v1`, keyed by its event; its last record counts.

    If the snapshot of the case lists the report too, the snapshot counts.
    """

    case_id: UUID = Field(description="the case that has the report now")
    seq: int = Field(ge=1, description="entry of the case with which the report left the snapshot")
    at: Instant = Field(description="time of the entry that filed or changed it")
    report: Report = Field(description="the report without its text")
    schema_version: int = SCHEMA_VERSION
