"""Firms in simulated reports 虚构主体: those of the register, as citizens would write them. Pure.

Most complaints of 12315 and 12333 get a firm of the grid of their place. It is written by its
signboard, in traditional characters, with a wrong character, in a sentence, or as registered.
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from hub.lab.simulate.language.slips import misheard, traditional
from hub.lab.simulate.scenario.day import Submission
from schemas.channel import Channel
from schemas.reports.fact import Kind

CHANNELS = (Channel.CONSUMER_12315, Channel.LABOUR_12333)
REGISTERED_SHARE = 0.8
"""Share of the reports that name a firm of the register; the others keep their invented one."""
FORMS = ("店", "馆", "厂", "有限公司")


def with_firms(
    submissions: Iterable[Submission], firms: Sequence[Mapping[str, str]], seed: int
) -> Iterator[Submission]:
    """Yield the submissions, with firms of the rows of a register (`name`, `grid_code`)."""
    draw = random.Random(f"firms/{seed}")
    of_grid: dict[str, list[str]] = {}
    for firm in firms:
        of_grid.setdefault(firm["grid_code"], []).append(firm["name"])
    for submission in submissions:
        names = of_grid.get(submission.place.grid_code, [])
        is_about = submission.channel in CHANNELS and submission.kind is Kind.REPORT
        if not is_about or not names or draw.random() > REGISTERED_SHARE:
            yield submission
            continue
        written = written_otherwise(draw, draw.choice(names), submission.place.name)
        content = submission.content
        if submission.object_name:
            content = content.replace(submission.object_name, written)
        yield replace(submission, object_name=written, content=content)


def written_otherwise(draw: random.Random, name: str, place: str) -> str:
    """Return the name of a firm as a citizen might write it."""
    form = next((form for form in FORMS if name.endswith(form)), "")
    sign = name.removesuffix(form) if len(name) - len(form) > len(FORMS[0]) + 1 else name
    way = draw.random()
    if way < 0.35:
        return sign
    if way < 0.5:
        return traditional(name)
    if way < 0.6:
        return f"{misheard(draw, name[:1], 1.0)}{name[1:]}"
    return f"{place}的{name}" if way < 0.7 else name
