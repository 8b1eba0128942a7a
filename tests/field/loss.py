"""Measures what is lost 丢字测量: does each character that a person wrote come out somewhere?

Every text of every sample is written again with an ending that systems are known to lose. Each
character must then be in a fact, in its `native` fields, or the message must be rejected, which
keeps its bytes. `python -m tests.field.loss` prints the shares by channel.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from connectors.registry import load_connectors
from schemas.channel import Channel
from schemas.reports.fact import Decoded
from tests.contract.samples import Sample, load_samples
from tests.field.editable import editable

CONNECTORS = load_connectors()
RUN = 3
"""Characters that must stand together in the result: fewer match by chance."""
TAG = re.compile(r"<script.*?</script>|<[^>]*>", re.DOTALL)
ESCAPE = re.compile(r"\\(?:[nrt]|x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))")
ENDINGS = (
    "姓\U0002c364和\ue863",
    "一家👨\u200d👩\u200d👧三口",
    "共计三次",
    "=1+1",
    "'撇号",
    "，在2026年3月1日写道：无人管",
    "\u2028另起一行",
    "\u000b竖排",
    "<b>粗体</b>与&amp;",
    "\u3000全角，“引号”；逗号,分号;",
    "_x000D_回车",
    "㎡①㈱",
    "\n> 引用一句",
    "\n-----原始邮件-----\n另一句",
    "\n--\n此致",
    "NaN",
)


@dataclass(frozen=True, slots=True)
class Trial:
    """One text with one ending; `lost` are the characters that are nowhere."""

    sample: Sample
    written: str
    is_rejected: bool
    lost: str


def trials(sample: Sample, every: int = 1) -> Iterator[Trial]:
    """Yield the trials of a sample: each text with a Chinese character, with each ending.

    With `every`, a text gets one ending in so many, and the next text the others.
    """
    message = editable(sample.raw.body, sample.raw.content_type, sample.name)
    faults_before = len(_decoded(sample, sample.raw.body).faults) if message else 0
    for number, text in enumerate(message.texts if message else ()):
        if not any("一" <= char <= "鿿" for char in text):
            continue
        for ending in ENDINGS[number % every :: every]:
            try:
                body = message.write(number, text + ending) if message else b""
            except (ValueError, UnicodeError):
                # The format has no form for this character: nobody can send it.
                continue
            yield _trial(sample, text + ending, _decoded(sample, body), faults_before)


def _as_shown(text: str, sample: Sample) -> str:
    """Return the text that a reader of the source sees: markup and escapes are no words."""
    if sample.channel == Channel.LEADER_BOARD:
        # Posts of the board are HTML.
        return unescape(TAG.sub("", text))
    if sample.raw.body.startswith(b"PK") and sample.channel == Channel.LABOUR_12333:
        # ECMA-376, 22.4.2.4: a workbook writes control characters in this form.
        return text.replace("_x000D_", "")
    return text


def _trial(sample: Sample, written: str, decoded: Decoded, faults_before: int) -> Trial:
    result = _written(decoded)
    shown = _as_shown(written, sample)
    # A field of markup is shown as text; in `native` it stands as it came.
    lost = min(missing(written, result), missing(shown, result), key=len)
    is_rejected = bool(lost) and _is_kept((written, shown), decoded, faults_before)
    return Trial(sample, written, is_rejected, "" if is_rejected else lost)


def _is_kept(written: tuple[str, str], decoded: Decoded, faults_before: int) -> bool:
    """Whether a rejection has the text: it keeps the bytes of its part, or of the message."""
    parts = [fault.part for fault in decoded.faults]
    if None in parts or len(parts) > faults_before:
        return True
    kept = "".join(part.decode("utf-8", "replace") for part in parts if part is not None)
    forms = (kept, unescape(kept), ESCAPE.sub(_character, kept))
    return any(not missing(text, form) for text in written for form in forms)


def _character(match: re.Match[str]) -> str:
    digits = match[1] or match[2] or match[3]
    return chr(int(digits, 16)) if digits else "\n"


def _decoded(sample: Sample, body: bytes) -> Decoded:
    raw = sample.raw.model_copy(update={"body": body})
    return CONNECTORS[sample.channel].decode_batch([raw], sample.context)[0]


def _written(decoded: Decoded) -> str:
    facts = [fact.model_dump(mode="json") for fact in decoded.facts]
    return "\n".join(_strings(facts))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from (str(key), *_strings(item))
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    else:
        yield value if isinstance(value, str) else json.dumps(value)


def missing(text: str, result: str) -> str:
    """Return the characters of `text` in no run of `RUN` characters that `result` has.

    Spaces and control characters are not compared: a format may fold them.
    """
    wanted, there = _compared(text), _compared(result)
    kept = [False] * len(wanted)
    size = min(RUN, len(wanted))
    for at in range(len(wanted) - size + 1):
        if wanted[at : at + size] in there:
            kept[at : at + size] = [True] * size
    return "".join(char for char, is_kept in zip(wanted, kept, strict=True) if not is_kept)


def _compared(text: str) -> str:
    return "".join(char for char in text if char.isprintable() or char == "\ue863").replace(" ", "")


def main() -> None:
    """Print a table: by channel the characters tried, rejected and lost."""
    counts: dict[str, Counter[str]] = {}
    for sample in load_samples():
        count = counts.setdefault(sample.channel, Counter())
        for trial in trials(sample):
            size = len(_compared(trial.written))
            count["trials"] += 1
            count["characters"] += size
            count["in a rejection"] += size if trial.is_rejected else 0
            count["lost"] += len(trial.lost)
    names = ("trials", "characters", "in a rejection", "lost")
    lines = [f"| channel | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    for channel, count in sorted(counts.items()):
        lines.append(f"| {channel} | {' | '.join(f'{count[name]:,}' for name in names)} |")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
