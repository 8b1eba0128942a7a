"""The invented cities of the demo 虚构城市: the shipped county under other names and codes."""

from pathlib import Path
from typing import NamedTuple

from hub.lab.simulate.scenario.make_town import COUNTY
from hub.settings.town import SHIPPED_TOWN

SHIPPED_NAME = "清河县"


class DemoCity(NamedTuple):
    """A city of the demo. GB/T 2260 does not use its code. `seed` draws its weeks."""

    code: str
    name: str
    inhabitants: int
    seed: int


CITIES = (
    DemoCity("427199", "青溪县", 412_000, 20260101),
    DemoCity("427299", "白水县", 356_000, 20260202),
    DemoCity("427399", "云门县", 288_000, 20260303),
)


def write_town(city: DemoCity, folder: Path) -> None:
    """Write the files of a city's town into a folder; raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(SHIPPED_TOWN.iterdir()):
        if path.is_file():
            text = path.read_text(encoding="utf-8").replace(COUNTY, city.code)
            named = text.replace(SHIPPED_NAME, city.name)
            (folder / path.name).write_text(named, encoding="utf-8")
