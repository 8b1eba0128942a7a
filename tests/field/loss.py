"""Measures what is lost 丢字测量: does each character that a person wrote come out somewhere?

Every text of every sample is written again with an ending that systems are known to lose. Each
character must then be in a fact, in its `native` fields, or the message must be rejected, which
keeps its bytes. `python -m tests.field.loss` prints the shares by channel.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from connectors.registry import load_connectors
from schemas.reports.fact import Decoded
from tests.contract.samples import Sample, load_samples
from tests.field.editable import editable

CONNECTORS = load_connectors()
RUN = 3
"""Characters that must stand together in the result: fewer match by chance."""
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


def trials(sample: Sample) -> Iterator[Trial]:
    """Yield the trials of a sample: each text with a Chinese character, with each ending."""
    if sample.name.startswith("broken"):
        return
    message = editable(sample.raw.body, sample.raw.content_type, sample.name)
    before = len(_decoded(sample, sample.raw.body).faults)
    for number, text in enumerate(message.texts):
        if not any("一" <= char <= "鿿" for char in text):
            continue
        for ending in ENDINGS:
            try:
                body = message.write(number, text + ending)
            except (ValueError, UnicodeError):
                # The format has no form for this character: nobody can send it.
                continue
            result = _decoded(sample, body)
            is_rejected = len(result.faults) > before
            lost = "" if is_rejected else missing(text + ending, _written(result))
            yield Trial(sample, text + ending, is_rejected, lost)


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
