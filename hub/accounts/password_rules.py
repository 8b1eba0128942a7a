"""Password rules 口令要求: which passwords are too easy to guess. Pure.

Length counts most, and common passwords are refused. There is no rule about kinds of characters
(NIST SP 800-63B § 3.1.1.2).
"""

from unicodedata import normalize

SHORTEST, LONGEST = 10, 256
"""Allowed length in characters of a chosen password."""
FEWEST_DIFFERENT = 5
"""Least number of different characters."""
SHORTEST_RUN = 4
"""Least number of neighbouring keys that count as a run."""
KEY_ROWS = (
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
"""Words that the most common passwords of ten or more characters contain. Longer words come first,
so that removing them leaves no remainder of a longer one."""


def password_fault(new: str, name: str, old: str = "") -> str:
    """Return one sentence that states why a password is refused; empty if it is accepted.

    `name` is its owner, `old` the previous password (empty: none is known).
    """
    if len(new) < SHORTEST:
        return f"a password must have at least {SHORTEST} characters"
    if len(new) > LONGEST:
        return f"a password must have at most {LONGEST} characters"
    plain, owner = _plain(new), _plain(name)
    if old and plain == _plain(old):
        return "the new password is the old one; choose another"
    if owner and owner in plain and not _has_letters(plain.replace(owner, "")):
        return "the password consists of the name; choose a phrase of several words"
    if len(set(plain)) < FEWEST_DIFFERENT:
        return f"a password must have at least {FEWEST_DIFFERENT} different characters"
    if plain.isdigit() or _is_common(plain):
        return "attackers try this password first; choose a phrase of several words"
    return ""


def _plain(text: str) -> str:
    return normalize("NFKC", text).casefold().strip()


def _has_letters(text: str) -> bool:
    return any(character.isalpha() for character in text)


def _is_common(plain: str) -> bool:
    """Whether only digits and signs remain when common words and runs of keys are removed."""
    rest = _without_runs(plain)
    for word in COMMON:
        rest = rest.replace(word, "")
    return rest != plain and not _has_letters(rest)


def _without_runs(plain: str) -> str:
    rest, position = "", 0
    while position < len(plain):
        length = max(
            _run(plain[position:], row) for row in (*KEY_ROWS, *(row[::-1] for row in KEY_ROWS))
        )
        step = length if length >= SHORTEST_RUN else 1
        rest += "" if step >= SHORTEST_RUN else plain[position]
        position += step
    return rest


def _run(text: str, row: str) -> int:
    """Return how many leading characters of the text are consecutive in a row of keys."""
    start, length = row.find(text[0]), 0
    while start >= 0 and text[: length + 1] == row[start : start + length + 1]:
        length += 1
        if length == len(text) or start + length == len(row):
            break
    return length
