"""Tracking codes 查询码: one per report, told to its citizen, guessed by nobody.

80 bits of a keyed hash of channel and native id: the same report has the same code for ever, and
no code says anything of its report. Written without letters that are taken for digits (Crockford).
"""

from hub.security.sealing import Sealer
from schemas.cases.feedback import Feedback
from schemas.reports.fact import OPENING, Fact

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16
_READ_AS = str.maketrans("ILO", "110")


def code_of(sealer: Sealer, channel: str, native_id: str) -> str:
    """Return the tracking code of a report, such as `7K3M9P2QX4VB8N5T`."""
    bits = int(sealer.match_key("tracking", f"{channel}\x1f{native_id}"), 16)
    return "".join(ALPHABET[bits >> (5 * at) & 31] for at in range(LENGTH))


def tracking_of(sealer: Sealer, channel: str, fact: Fact) -> str:
    """Return the code of a fact that somebody waits for; of a check, a visit, an urging: none."""
    waited_for = fact.kind in OPENING
    return code_of(sealer, channel, fact.native_id) if waited_for else ""


def normal_code(told: str) -> str:
    """Return a code as it was meant: in capitals, without blanks and dashes; empty for no code."""
    code = "".join(told.split()).replace("-", "").upper().translate(_READ_AS)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else ""


def link_of(public_url: str, told: Feedback) -> str:
    """Return the public address of a report's progress; empty where the hub has none."""
    if not (public_url and told.tracking):
        return ""
    return f"{public_url.rstrip('/')}/t/{told.tracking}"
