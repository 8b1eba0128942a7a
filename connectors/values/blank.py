"""Values that say nothing 空值: null, NaN, blanks, and the words that programs write for them."""

import math
import unicodedata

WORDS = frozenset(
    {"", "null", "(null)", "none", "nan", "nat", "nil", "undefined", "n/a", "#n/a", "\\n"}
    | {"-", "--", "—", "——", "/", "无", "空", "暂无", "未知", "不详", "[]", "{}"}
)
"""In lower case. `NaN` and `None` come from pandas, `undefined` from JavaScript, `\\N` from dumps
of MySQL."""


def is_blank(value: object) -> bool:
    """Return whether an optional value is absent, in any form that programs write.

    For numbers, codes, times and words of a list; in free text 无 may be what a citizen wrote.
    """
    if value is None:
        return True
    if isinstance(value, float):
        return math.isnan(value)
    if isinstance(value, str):
        if value.isascii() and value.isalnum():
            return value.lower() in WORDS
        return unicodedata.normalize("NFKC", value).strip(" \t\r\n\0\u3000").lower() in WORDS
    return isinstance(value, list | dict) and not value
