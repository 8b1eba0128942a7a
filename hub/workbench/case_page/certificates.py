"""Certificates on the page of a case 证明清单提示: what the list says, and its answers. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.workbench.commands.answers import AnswerTemplate
from schemas.reports.certificate import USE_NAMES, CertificateUse
from schemas.town.lists import (
    EVERY_DEPARTMENT,
    STATUS_NAMES,
    Certificate,
    CertificateStatus,
)
from streams.town.certificates import CertificateIndex

MENTIONED = """
SELECT certificates, certificate_uses FROM events
WHERE event_id IN {ids:Array(UUID)} AND notEmpty(certificates)
      AND (NOT confidential OR {may_read:UInt8})
ORDER BY received_at, event_id"""


@dataclass(frozen=True, slots=True)
class CertificateView:
    """A certificate that reports of a case name: what they say, and what the list says."""

    name: str
    status: str
    is_cancelled: bool
    uses: str
    text: str
    template: AnswerTemplate


def certificate_views(
    rows: Iterable[Mapping[str, Any]], index: CertificateIndex
) -> list[CertificateView]:
    """Return each certificate of the rows of `MENTIONED` that is on the list of today."""
    uses: dict[str, list[str]] = {}
    for row in rows:
        for name, use in zip(row["certificates"], row["certificate_uses"], strict=True):
            words = USE_NAMES[CertificateUse(use)]
            known = uses.setdefault(name, [])
            if words not in known:
                known.append(words)
    return [
        CertificateView(
            name=name,
            status=STATUS_NAMES[line.status],
            is_cancelled=line.status is CertificateStatus.CANCELLED,
            uses="、".join(words),
            text=list_text(line),
            template=answer_of(line),
        )
        for name, words in uses.items()
        if (line := index.by_name.get(name)) is not None
    ]


def list_text(line: Certificate) -> str:
    """Return what the list says of a certificate."""
    ground = f"，依据{line.ground}" if line.ground else ""
    if line.status is CertificateStatus.KEPT:
        used = f"，{_department(line)}需要"
        return f"清单保留，由村（社区）出具{ground}{used}。"
    by = _department(line)
    instead = f"由{by}改为：{line.instead}" if line.instead else f"{by}不再要求提供"
    return f"清单已取消{ground}，{instead}。"


def _department(line: Certificate) -> str:
    known = line.department not in ("", EVERY_DEPARTMENT)
    return line.department if known else "用证单位"


def answer_of(line: Certificate) -> AnswerTemplate:
    """Return the answer that the list gives, with gaps for what the unit has done."""
    ground = f"依据{line.ground}，" if line.ground else ""
    if line.status is CertificateStatus.KEPT:
        text = f"{ground}{line.name}由村（社区）出具。请带＿＿到＿＿办理，电话＿＿。"
        return AnswerTemplate(f"{line.name}：可以开具", text)
    instead = f"请改用：{line.instead}。" if line.instead else ""
    text = (
        f"{ground}{line.name}已经取消，村（社区）不再出具，任何单位不得要求您提供。{instead}"
        "我们已联系＿＿，要求其不再索要。"
    )
    return AnswerTemplate(f"{line.name}：已取消", text)
