"""Words for urgency 紧急程度, as the channels use them."""

from connectors.contract import FaultError
from connectors.values.blank import is_blank
from schemas.reports.fact import Urgency
from schemas.reports.rejected import Reason

WORDS = {
    "咨询": Urgency.ENQUIRY,
    "一般": Urgency.ORDINARY,
    "普通": Urgency.ORDINARY,
    "正常": Urgency.ORDINARY,
    "常规": Urgency.ORDINARY,
    "平件": Urgency.ORDINARY,
    "不紧急": Urgency.ORDINARY,
    "低": Urgency.ORDINARY,
    "中": Urgency.ORDINARY,
    "疑难": Urgency.HARD,
    "攻坚": Urgency.HARD,
    "重大": Urgency.HARD,
    "紧急": Urgency.URGENT,
    "特急": Urgency.URGENT,
    "加急": Urgency.URGENT,
    "非常紧急": Urgency.URGENT,
    "高": Urgency.URGENT,
}
"""高, 中, 低 are the priorities of common work-order software. Numbers are not in the table: in
some systems 1 is the most urgent, in others the least."""


def urgency_of(word: str, position: str) -> Urgency:
    """Return the urgency; raises `FaultError` bad_value for a word that no channel documents."""
    if is_blank(word):
        return Urgency.ORDINARY
    urgency = WORDS.get(word)
    if urgency is None:
        raise FaultError(Reason.BAD_VALUE, f"{word!r} is no known urgency", position)
    return urgency
