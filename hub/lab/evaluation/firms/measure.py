"""`hub firms evaluate` 主体识别评测: the rules and two baselines on written names of firms.

The shipped set has the kinds in which people name firms: signboards, branches, typing errors,
platforms, sentences, names of nobody. It was written before the rules were measured, with an
invented register. A city can measure its own names with `--register` and `--mentions`.
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hub.runtime.errors import HubError
from streams.matching.firms.evidence import TOWNSHIP, VILLAGE, Spot
from streams.matching.firms.keys import keys_of, shortlist
from streams.matching.firms.name import plain, registered_names, written_names
from streams.matching.firms.resolve import Candidate, Mention, Verdict, resolve

REGISTER, MENTIONS = (Path(__file__).with_name(f"{name}.csv") for name in ("register", "mentions"))
REGIONS = frozenset({"云溪", "东门", "石桥", "青山", "柳林"})
"""Names of the areas of the invented county of the shipped set."""
MISSING, SEVERAL = "-", "?"
"""Instead of a code: the firm is not in the register; several are equally likely."""
ALIKE = 0.8
"""Ratio of `difflib` from which the second baseline takes the most similar name."""
MOST_SHOWN = 20


class NoLabelsError(HubError, ValueError):
    """A file is no table of labelled names; the message names what it lacks."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One name as written, with the credit code of its firm, `MISSING` or `SEVERAL`."""

    kind: str
    written: str
    code: str
    spot: Spot
    truth: str

    @property
    def has_firm(self) -> bool:
        """Whether it has one right answer in the register."""
        return self.truth not in (MISSING, SEVERAL)


@dataclass(frozen=True, slots=True)
class Answer:
    """The firm that a method names; empty for none. `offered` are those to choose from."""

    code: str = ""
    offered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quality:
    """Counts, and shares of 0..1.

    `precision` is the share of right ones among the firms that were named, `recall` the share of
    names whose firm was named, `recall_with_offers` the same if an offered firm counts, and
    `refused` the share of names without one right firm for which none was named.
    """

    names: int
    named: int
    precision: float
    recall: float
    recall_with_offers: float
    refused: float


Method = Callable[[Labelled], Answer]


def read_register(path: Path, regions: frozenset[str]) -> tuple[list[Candidate], dict[str, str]]:
    """Return the firms of a CSV file, and their names by code; raises `NoLabelsError`."""
    rows = _rows(path, ("code", "name", "grid_code", "address"))
    firms = [
        Candidate(row["code"], registered_names(row["name"], regions), _spot(row), is_current=True)
        for row in rows
    ]
    return firms, {row["code"]: row["name"] for row in rows}


def read_mentions(path: Path) -> list[Labelled]:
    """Return the labelled names of a CSV file; raises `NoLabelsError`."""
    needed = ("kind", "written", "code", "grid_code", "address", "truth")
    return [
        Labelled(row["kind"], row["written"], row["code"], _spot(row), row["truth"])
        for row in _rows(path, needed)
    ]


def evaluate(
    register: Path = REGISTER, mentions: Path = MENTIONS, regions: frozenset[str] = REGIONS
) -> dict[str, Any]:
    """Return the quality of the rules and of two baselines; raises `NoLabelsError`."""
    firms, names = read_register(register, regions)
    labelled = read_mentions(mentions)
    answers = {
        "rules": list(map(by_rules(firms, regions), labelled)),
        "exact": list(map(by_exact_name(names), labelled)),
        "ratio": list(map(by_ratio(names), labelled)),
    }
    figures: dict[str, Any] = {
        method: asdict(measure(labelled, each)) for method, each in answers.items()
    }
    pairs = list(zip(labelled, answers["rules"], strict=True))
    figures["kinds"] = _by_kind(pairs)
    figures["wrong"] = [
        f"{each.written}: {names[answer.code]}"
        for each, answer in pairs
        if answer.code not in ("", each.truth)
    ]
    return figures


def by_rules(firms: Sequence[Candidate], regions: frozenset[str]) -> Method:
    """Return the method of the hub, with the register in memory."""
    by_code = {firm.code: firm for firm in firms}
    firms_of: dict[str, list[str]] = defaultdict(list)
    for firm in firms:
        for key in dict.fromkeys(key for name in firm.names for key in keys_of(name)):
            firms_of[key].append(firm.code)

    def answer(each: Labelled) -> Answer:
        mention = Mention(written_names(each.written, regions), each.code, each.spot)
        keys = [key for name in mention.names for key in keys_of(name)]
        codes = dict.fromkeys([*shortlist(keys, firms_of), each.code])
        result = resolve(mention, [by_code[code] for code in codes if code in by_code])
        offered = tuple(offer.code for offer in result.offers)
        return Answer(result.code if result.verdict is Verdict.MATCH else "", offered)

    return answer


def by_exact_name(names: Mapping[str, str]) -> Method:
    """Return the baseline that takes the only firm with the same name, in one spelling."""
    codes: dict[str, list[str]] = defaultdict(list)
    for code, name in names.items():
        codes[plain(name)].append(code)

    def answer(each: Labelled) -> Answer:
        same = codes.get(plain(each.written), [])
        return Answer(same[0] if len(same) == 1 else "", tuple(same))

    return answer


def by_ratio(names: Mapping[str, str]) -> Method:
    """Return the baseline that takes the most similar name from `ALIKE` on, by `difflib`."""
    spelled = {code: plain(name) for code, name in names.items()}

    def answer(each: Labelled) -> Answer:
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(plain(each.written))

        def ratio(code: str) -> float:
            matcher.set_seq1(spelled[code])
            return matcher.ratio()

        best = max(spelled, key=ratio)
        return Answer(best, (best,)) if ratio(best) >= ALIKE else Answer()

    return answer


def measure(labelled: Sequence[Labelled], answers: Sequence[Answer]) -> Quality:
    """Return the quality of answers; a share of nothing is 1."""
    pairs = list(zip(labelled, answers, strict=True))
    right = sum(answer.code == each.truth for each, answer in pairs)
    named = sum(bool(answer.code) for _, answer in pairs)
    firms = [(each, answer) for each, answer in pairs if each.has_firm]
    others = [answer for each, answer in pairs if not each.has_firm]
    shown = sum(each.truth in (answer.code, *answer.offered) for each, answer in firms)
    return Quality(
        names=len(pairs),
        named=named,
        precision=_share(right, named),
        recall=_share(right, len(firms)),
        recall_with_offers=_share(shown, len(firms)),
        refused=_share(sum(not answer.code for answer in others), len(others)),
    )


def to_text(figures: Mapping[str, Any]) -> str:
    """Return the figures as a table, the recall of each kind, and the wrong firms."""
    methods = ("rules", "exact", "ratio")
    table = Table("", *methods)
    for name in figures["rules"]:
        table.add_row(name.replace("_", " "), *(str(figures[method][name]) for method in methods))
    kinds = Table("kind", "names", "right")
    for name, (right, count) in figures["kinds"].items():
        kinds.add_row(escape(name), str(count), str(right))
    console = Console(width=100)
    with console.capture() as page:
        console.print(table)
        console.print(kinds)
        for line in figures["wrong"][:MOST_SHOWN]:
            console.print(f"wrong: {line}", highlight=False, markup=False)
    return page.get()


def _by_kind(pairs: Sequence[tuple[Labelled, Answer]]) -> dict[str, tuple[int, int]]:
    """Return of each kind how many answers are right, and how many there are."""
    kinds: dict[str, list[bool]] = defaultdict(list)
    for each, answer in pairs:
        right = answer.code == (each.truth if each.has_firm else "")
        kinds[each.kind].append(right)
    return {kind: (sum(rights), len(rights)) for kind, rights in kinds.items()}


def _spot(row: Mapping[str, str]) -> Spot:
    grid = row["grid_code"]
    division = grid[:VILLAGE] if len(grid) >= VILLAGE else grid[:TOWNSHIP]
    return Spot(grid, division, row["address"])


def _rows(path: Path, needed: Sequence[str]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if missing := set(needed) - set(reader.fieldnames or ()):
                raise NoLabelsError(f"{path} has no column {', '.join(sorted(missing))}; add it")
            rows = [{name: row[name] or "" for name in needed} for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise NoLabelsError(f"{path} is no CSV in UTF-8; save it as such") from error
    if not rows:
        raise NoLabelsError(f"{path} has no rows below its header")
    return rows


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0
