"""Codes of projects and deliberations 公示码: on the board, in its QR code, in the public address.

A code is derived of the kind, the place and the number that the place uses. So a list that is
registered twice has the same codes. A code is no secret: whoever passes the board reads it.
"""

from connectors.values.text import half_width, tidy
from hub.tracking.code import ALPHABET, normal_code
from schemas.base import derive_id

LENGTH = 10


def tidy_number(text: str) -> str:
    """Return the number of a matter without what nobody sees: Ｔ- 1 is T-1, as T-1 is."""
    return "".join(tidy(half_width(text)).split())


def derived_code(kind: str, division_code: str, number: str) -> str:
    """Return the code of a matter, such as `7K3M9P2QX4`; `kind` is `project` or `deliberation`."""
    bits = derive_id(kind, division_code, number).int
    return "".join(ALPHABET[bits >> (5 * at) & 31] for at in range(LENGTH))


def read_code(text: str) -> str:
    """Return the code that somebody typed; empty if the text is none."""
    return normal_code(text, LENGTH)


def shown_code(code: str) -> str:
    """Return a code in two groups, as people read it out."""
    return f"{code[:5]}-{code[5:]}"


def public_page(public_url: str, letter: str, code: str) -> str:
    """Return the address of the public page of a code; empty if citizens reach no page."""
    return f"{public_url.rstrip('/')}/{letter}/{code}" if public_url else ""
