"""Makes decisions about invented texts."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hub.learning.decisions import CategoryDecision, Decision, How, PairDecision, PairSide
from hub.settings import Settings
from schemas.reports.event import Place
from schemas.reports.report import Telling

FIRST_DAY = datetime(2026, 3, 1, 4, tzinfo=UTC)
PEOPLE = ("派单员甲", "派单员乙", "派单员丙")
MATTERS = ("换电柜", "快递柜", "充电棚", "晾衣架", "健身架", "遮雨棚", "垃圾亭", "休息椅")
FAULTS = ("坏了没人修", "倒了压着车", "挡住了门", "夜里发烫", "被人占着", "天天响个不停")


def texts(number: int) -> str:
    """Return one of 48 invented complaints, in an order without a pattern."""
    at = number * 7 % (len(MATTERS) * len(FAULTS))
    return (
        f"楼下的{MATTERS[at % len(MATTERS)]}{FAULTS[at // len(MATTERS)]}，第{number}天了，请来看看"
    )


def category_decisions(
    count: int, leaf: str, people: Iterable[str] = PEOPLE, how: How = How.SET
) -> Iterator[CategoryDecision]:
    """Yield decisions that all of these complaints belong to one leaf, over sixty days."""
    names = tuple(people)
    for number in range(count):
        yield CategoryDecision(
            case=f"case-{number}",
            at=FIRST_DAY + timedelta(days=60 * number / count),
            by=names[number % len(names)],
            how=how,
            leaf=leaf,
            telling=Telling(content=texts(number)),
        )


def pair_decisions(count: int, *, same_if_copied: bool = True) -> Iterator[PairDecision]:
    """Yield pairs in one grid: every second one is a copied text."""
    place = Place(division_code="421299001001", grid_code="G1", lon=114.905, lat=30.005)
    for number in range(count):
        copied = number % 2 == 0
        first, second = texts(number), texts(number if copied else number + 3)
        at = FIRST_DAY + timedelta(days=60 * number / count)
        sides = [
            PairSide(telling=Telling(content=text, place=place), at=at) for text in (first, second)
        ]
        yield PairDecision(
            case=f"a{number}/b{number}",
            at=at,
            by=PEOPLE[number % len(PEOPLE)],
            same=copied if same_if_copied else number % 3 == 0,
            suggested=True,
            first=sides[0],
            second=sides[1],
        )


def settings_of(folder: Path) -> Settings:
    """Return the settings of a city that learns from twenty decisions of a kind."""
    return Settings(data=folder, learn_categories=20, learn_pairs=20)


def write(folder: Path, decisions: Iterable[Decision]) -> Settings:
    """Write decisions where `hub learn collect` writes them; return the settings."""
    settings = settings_of(folder)
    (folder / "learning").mkdir(parents=True)
    lines = "".join(f"{decision.model_dump_json()}\n" for decision in decisions)
    (folder / "learning" / "decisions.ndjson").write_text(lines, encoding="utf-8")
    return settings
