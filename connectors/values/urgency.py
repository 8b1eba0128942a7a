"""Words for urgency 紧急程度, as the channels use them."""

from connectors.contract import FaultError
from schemas.reports.fact import Urgency
from schemas.reports.rejected import Reason

WORDS = {
    "": Urgency.ORDINARY,
    "咨询": Urgency.ENQUIRY,
    "一般": Urgency.ORDINARY,
    "普通": Urgency.ORDINARY,
    "疑难": Urgency.HARD,
    "攻坚": Urgency.HARD,
    "重大": Urgency.HARD,
    "紧急": Urgency.URGENT,
    "特急": Urgency.URGENT,
    "加急": Urgency.URGENT,
}


def urgency_of(word: str, position: str) -> Urgency:
    """Return the urgency; raises `FaultError` bad_value for a word that no channel documents."""
    urgency = WORDS.get(word)
    if urgency is None:
        raise FaultError(Reason.BAD_VALUE, f"{word!r} is no known urgency", position)
    return urgency
