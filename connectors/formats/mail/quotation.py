"""Quotations in replies 引文: removed only if they certainly are not the sender's words."""

import re
from dataclasses import dataclass
from itertools import pairwise

QUOTED = re.compile(r"^\s{0,3}[>\uff1e]")
SEPARATOR = re.compile(
    r"^\s*[-_\u2014]{2,}\s*(?:原始邮件|原邮件|原始信件|回复的原邮件"
    r"|Original Message|Replied Message|Original)"
    r"\s*[-_\u2014]{2,}\s*$",
    re.IGNORECASE,
)
RULE = re.compile(r"^\s*[-_\u2014]{5,}\s*$")
FIELD = re.compile(
    r"^\s*\**\s*(发件人|发送时间|发送日期|日期|时间|收件人|抄送|主题|From|Sent|Date|To|Cc|Subject)"
    r"\s*\**\s*[:\uff1a]",
    re.IGNORECASE,
)
FROM = ("发件人", "from")
WROTE = re.compile(r"(?:写道|wrote|寫道|编写)\s*[:\uff1a]\s*$", re.IGNORECASE)
BEGINS = re.compile(r"^\s*(?:在|于|On|At|\S.{0,80}(?:于|在)\s*\d)", re.IGNORECASE)
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
CLOCK = re.compile(r"\d{4}.{1,24}?\d{1,2}[:\uff1a时点]\d{2}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Split:
    """The words of the sender, and what the mail quotes."""

    own: str
    quoted: str = ""


def split_reply(text: str) -> Split:
    """Return a reply without its quotations; the whole text if nothing would remain.

    Quotations are: lines that begin with >, with the line “… 写道：” above them; all lines after
    a separator such as 原始邮件, after a block of header lines, and after “… 写道：” with an
    address or a clock in it. Own lines between and below lines with > stay.
    """
    lines = text.split("\n")
    start = _block_start(lines)
    own, quoted = _without_marked(lines[:start])
    quoted += lines[start:]
    # The blank lines above and below a removed quotation are still there.
    words = re.sub(r"\n{3,}", "\n\n", "\n".join(own)) if quoted else text
    words = words.strip()
    return Split(words, "\n".join(quoted).strip()) if words else Split(text)


def _block_start(lines: list[str]) -> int:
    """Return the index of the first line that begins a quotation without marks."""
    for index, line in enumerate(lines):
        if SEPARATOR.match(line):
            return index
        if _is_header_block(lines[index : index + 4]):
            # Outlook draws a line above the block.
            return index - 1 if index and RULE.match(lines[index - 1]) else index
        size = _attribution(lines, index)
        rest = [later for later in lines[index + size :] if later.strip()]
        if size and rest and not QUOTED.match(rest[0]):
            attribution = " ".join(lines[index : index + size])
            if ADDRESS.search(attribution) or CLOCK.search(attribution):
                return index
    return len(lines)


def _is_header_block(lines: list[str]) -> bool:
    fields = [match[1].lower() for line in lines if (match := FIELD.match(line))]
    first = FIELD.match(lines[0]) if lines else None
    return bool(first) and fields[0] in FROM and len(set(fields)) >= 3


def _attribution(lines: list[str], index: int) -> int:
    """Return how many lines “在 … 写道：” takes here: none, one, or two where it is folded."""
    if _is_attribution(lines[index]):
        return 1
    folded = lines[index : index + 2]
    if not BEGINS.match(folded[0]) or _is_attribution(folded[-1]):
        return 0
    return 2 if _is_attribution(" ".join(folded)) else 0


def _is_attribution(text: str) -> bool:
    return len(text) < 300 and bool(WROTE.search(text) and BEGINS.match(text))


def _without_marked(lines: list[str]) -> tuple[list[str], list[str]]:
    marked = [bool(QUOTED.match(line)) for line in lines]
    for index in range(len(lines)):
        size = _attribution(lines, index)
        end = index + size
        while size and end < len(lines) and not lines[end].strip():
            end += 1
        if size and end < len(lines) and marked[end]:
            marked[index:end] = [True] * (end - index)
    for (index, is_quoted), (_, follows) in pairwise(enumerate(marked)):
        # A blank line inside a quotation belongs to it.
        marked[index] = is_quoted or (
            follows and index > 0 and marked[index - 1] and not lines[index].strip()
        )
    pairs = list(zip(lines, marked, strict=True))
    return [line for line, is_marked in pairs if not is_marked], [
        line for line, is_marked in pairs if is_marked
    ]
