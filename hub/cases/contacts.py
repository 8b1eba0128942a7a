"""Contact details by purpose 按用途查看联系方式: each view is audited before it is answered."""

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from hub.accounts.audit import Audit, AuditAction
from hub.accounts.permissions import may_read_confidential, may_read_text
from hub.accounts.purpose import PURPOSE_LETTERS, is_meaningful
from hub.accounts.session import Viewer
from hub.accounts.staff import StaffRole
from hub.cases.details import listed_ids
from hub.cases.reference import RunQuery
from hub.cases.staff_cases import StaffCases
from hub.security.confidential import CONFIDENTIAL
from hub.security.original import Original
from hub.security.sealing import Sealer, SealError
from hub.web.problem import Problem, ProblemError
from schemas.cases.case import Case

PURPOSE = (
    "state in words why you need the contact details: a purpose has at least"
    f" {PURPOSE_LETTERS} letters or Han characters; dots, digits or one repeated character are not"
    " enough"
)
SEALED = """
SELECT toString(event_id) AS id, channel, native_id, reporter_sealed AS sealed, confidential
FROM events
WHERE event_id IN {ids:Array(UUID)} ORDER BY received_at"""


class Contacts:
    """Opens the contact details of cases for members of staff who handle them."""

    def __init__(
        self,
        run_query: RunQuery,
        audit: Audit,
        cases: StaffCases,
        opener: Callable[[], Sealer],
    ) -> None:
        """Store what it needs; `opener` reads the key, which belongs to another process."""
        self._run_query, self._audit, self._cases = run_query, audit, cases
        self._opener = opener

    async def of(
        self, request: web.Request, viewer: Viewer, case: Case, purpose: str
    ) -> list[dict[str, Any]]:
        """Return the unsealed reporters of a case that the viewer has opened; see `contacts`.

        Raises `ProblemError`: not_yours for who does not handle the case, bad_request without a
        purpose in words, sealed without the key. The refusals and the view are audited.
        """
        about = AuditAction.CONTACTS_REFUSED, str(case.case_id)
        if viewer.role is StaffRole.AUDITOR or not may_read_text(viewer, case):
            detail = "only members who handle the case may see contact details; ask its unit"
            raise await self._cases.refused(request, viewer, *about, detail)
        if not is_meaningful(purpose, PURPOSE_LETTERS):
            await self._audit.note_refusal(request, viewer, *about, f"no purpose: {purpose}")
            raise ProblemError(Problem.BAD_REQUEST, PURPOSE)
        try:
            sealer = await asyncio.to_thread(self._opener)
        except SealError as error:
            raise ProblemError(
                Problem.SEALED, "this process cannot read the key: set HUB_KEY_FILE"
            ) from error
        await self._audit.note(request, viewer, AuditAction.CONTACTS, str(case.case_id), purpose)
        return await asyncio.to_thread(contacts, self._run_query, sealer, viewer, case)


def contacts(
    run_query: RunQuery, sealer: Sealer, viewer: Viewer, case: Case
) -> list[dict[str, Any]]:
    """Return the unsealed reporters of a case; `error` states why a report cannot be opened.

    Of a large case these are the listed reporters.

    Only the unit that has the case sees the reporter of a confidential report.
    """
    ids = {"ids": listed_ids(case)}
    lines = []
    for row in run_query(SEALED, ids):
        line = {"channel": row["channel"], "native_id": row["native_id"]}
        if row["confidential"] and not may_read_confidential(viewer, case):
            lines.append(line | {"error": CONFIDENTIAL})
            continue
        if not row["sealed"]:
            lines.append(line)
            continue
        try:
            original = Original.model_validate_json(sealer.open(row["id"], row["sealed"]))
        except (SealError, ValidationError) as error:
            lines.append(line | {"error": str(error).splitlines()[0]})
            continue
        lines.append(line | original.model_dump(include={"name", "phone", "address", "email"}))
    return lines
