"""The notice of a deliberation 议事公告: to print on A4 and to put up, with the QR code."""

from hub.deliberations.facts import facts_of
from hub.numbered.code import shown_code
from hub.security.masking import mask_text
from hub.workbench.projects.board import Sheet, sheet_pdf
from schemas.deliberation.fold import Deliberation, DeliberationState
from schemas.deliberation.topic import Step

LONGEST = (300, 150, 64)
"""Characters of a text, so that the notice stays one page; the public page has all of it."""
TITLES = {
    Step.TOPIC: "议事公告",
    Step.CALL: "会议通知",
    Step.MEETING: "会议通知",
    Step.DECISION: "决议公示",
    Step.PUBLICATION: "决议公示",
    Step.CARRYING_OUT: "实施公示",
}
WITHDRAWN = "议题撤回公告"


def notice_pdf(item: Deliberation, village: str, address: str) -> bytes:
    """Return the notice as PDF; `address` is that of the public page."""
    details, is_withdrawn = item.details, item.state is DeliberationState.WITHDRAWN
    lines = [
        ("村（社区）", village),
        ("议定什么", details.summary),
        *facts_of(item),
        ("撤回原因" if is_withdrawn else "实施结果", item.reason),
    ]
    return sheet_pdf(
        Sheet(
            title=WITHDRAWN if is_withdrawn else TITLES[item.present.step],
            name=details.title,
            code=shown_code(item.code),
            code_name="议事码",
            address=address,
            hint="扫一扫，看经过、看决议、提异议",
            lines=[(name, mask_text(text)) for name, text in lines],
            longest=LONGEST,
            is_full=True,
        )
    )
