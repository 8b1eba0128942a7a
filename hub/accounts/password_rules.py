"""Which passwords are too easy to guess 口令要求. Pure.

Length counts most, and passwords that everybody tries first are refused; which kinds of characters
it has is left to the person (NIST SP 800-63B § 3.1.1.2).
"""

from unicodedata import normalize

SHORTEST, LONGEST = 10, 256
"""Characters of a password that somebody chooses."""
FEWEST_DIFFERENT = 5
"""Different characters that it has."""
SHORTEST_RUN = 4
"""Neighbouring keys that count as a run."""
ROWS = (
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb",
    "1q2w3e4r5t6y",
    "abcdefghijklmnopqrstuvwxyz",
)
"""Rows of keys, read in both directions."""
COMMON = (
    *("administrator", "minqinghub", "woaiwojia", "passw0rd", "p@ssw0rd", "password", "p@ssword"),
    *("changeme", "iloveyou", "default", "letmein", "minqing", "welcome", "qwerty", "woaini"),
    *("admin", "guest", "login", "mima", "root", "test", "user", "abc", "hub", "aa", "qq", "a"),
)
"""Words around which the commonest passwords of ten and more characters are built; long ones first,
so that no part of them is left."""


def password_fault(new: str, name: str, old: str = "") -> str:
    """Return in one sentence why a password cannot be taken, empty where it can.

    `name` is whose it is, `old` the one before it.
    """
    if len(new) < SHORTEST:
        return f"a password has {SHORTEST} characters at least"
    if len(new) > LONGEST:
        return f"a password has {LONGEST} characters at most"
    plain, owner = _plain(new), _plain(name)
    if old and plain == _plain(old):
        return "the new password is the old one; choose another"
    if owner and owner in plain and not _has_letters(plain.replace(owner, "")):
        return "the password is made of the name; choose a phrase of several words"
    if len(set(plain)) < FEWEST_DIFFERENT:
        return f"a password has {FEWEST_DIFFERENT} different characters at least"
    if plain.isdigit() or _is_common(plain):
        return "the password is among those that are tried first; choose a phrase of several words"
    return ""


def _plain(text: str) -> str:
    return normalize("NFKC", text).casefold().strip()


def _has_letters(text: str) -> bool:
    return any(character.isalpha() for character in text)


def _is_common(plain: str) -> bool:
    """Whether digits and signs only are left without common words and runs of keys."""
    rest = _without_runs(plain)
    for word in COMMON:
        rest = rest.replace(word, "")
    return rest != plain and not _has_letters(rest)


def _without_runs(plain: str) -> str:
    kept, at = "", 0
    while at < len(plain):
        length = max(_run(plain[at:], row) for row in (*ROWS, *(row[::-1] for row in ROWS)))
        step = length if length >= SHORTEST_RUN else 1
        kept += "" if step >= SHORTEST_RUN else plain[at]
        at += step
    return kept


def _run(text: str, row: str) -> int:
    """Return how many characters of the text's beginning stand one after the other in a row."""
    start, length = row.find(text[0]), 0
    while start >= 0 and text[: length + 1] == row[start : start + length + 1]:
        length += 1
        if length == len(text) or start + length == len(row):
            break
    return length
