"""Tracking codes 查询码: one for each report or service item, for its citizen, not guessable.

A code is 80 bits of a keyed hash of channel and native id: the same report always has the same
code, and a code reveals nothing about its report. The alphabet is Crockford's base 32, which has no
letters that look like digits.
"""

from hub.security.sealing import Sealer
from schemas.cases.feedback import Feedback
from schemas.reports.fact import TRACKED, Fact

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16
_READ_AS = str.maketrans("ILO", "110")


def code_of(sealer: Sealer, channel: str, native_id: str) -> str:
    """Return the tracking code of a report, such as `7K3M9P2QX4VB8N5T`."""
    bits = int(sealer.match_key("tracking", f"{channel}\x1f{native_id}"), 16)
    return "".join(ALPHABET[bits >> (5 * at) & 31] for at in range(LENGTH))


def tracking_of(sealer: Sealer, channel: str, fact: Fact) -> str:
    """Return the tracking code of a report, wish or service item; empty for any other fact."""
    return code_of(sealer, channel, fact.native_id) if fact.kind in TRACKED else ""


def normal_code(text: str, length: int = LENGTH) -> str:
    """Return what a citizen typed as a code, in capitals without blanks and dashes.

    Letters that look like digits become digits. Return an empty string if the text is not a code of
    `length` characters.
    """
    code = "".join(text.split()).replace("-", "").upper().translate(_READ_AS)
    return code if len(code) == length and set(code) <= set(ALPHABET) else ""


def link_of(public_url: str, feedback: Feedback) -> str:
    """Return the public URL of a report's progress; empty if there is no URL or no code."""
    if not (public_url and feedback.tracking):
        return ""
    return f"{public_url.rstrip('/')}/t/{feedback.tracking}"
