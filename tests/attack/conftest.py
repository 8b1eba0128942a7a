"""Fixtures: engines with marked stores, and their catalogue, once for each test module."""

from collections.abc import Iterator

import pytest

from tests.attack.ask_engine import known
from tests.attack.engines import Engines
from tests.attack.judge import Judge
from tests.attack.statements.table import Part, parts


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    """Return a judge of three stores that differ in their secrets only."""
    with Engines(tmp_path_factory.mktemp("stores")) as engines:
        yield Judge(engines)


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Part]:
    """Return all parts of the table of attacks for the installed engine, by name."""
    return {part.name: part for part in parts(known(tmp_path_factory.mktemp("engine")))}
