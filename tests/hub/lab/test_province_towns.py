"""The towns of the demo of several cities."""

from pathlib import Path

import pytest

from hub.lab.province.towns import CITIES, SHIPPED_NAME, DemoCity, write_town
from hub.lab.simulate.scenario.make_town import COUNTY
from hub.province.figures import city_code
from hub.town.check import require_valid_town
from hub.town.registers import load_town
from streams.town.register import Register


@pytest.mark.parametrize("city", CITIES, ids=[city.code for city in CITIES])
def test_a_town_of_the_demo_is_valid_and_has_its_own_code(city: DemoCity, tmp_path: Path) -> None:
    """`hub up` would start with it, and nothing of the shipped county is left."""
    write_town(city, tmp_path)
    require_valid_town(tmp_path)
    town = load_town(tmp_path)
    assert city_code(Register.of(town)) == city.code
    assert city.name in {area.name for area in town.areas}
    texts = [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()]
    assert not any(COUNTY in text or SHIPPED_NAME in text for text in texts)


def test_the_cities_differ() -> None:
    """In code, name and weeks."""
    for values in zip(*CITIES, strict=True):
        assert len(set(values)) == len(CITIES)
