"""The last figures of each city 最近一次数据: a file for each, so that a restart loses none."""

from pathlib import Path

import structlog
from pydantic import ValidationError

from hub.runtime.private_file import write_private
from schemas.base import Instant
from schemas.province import CityFigures, Published

log = structlog.get_logger()


class Kept(Published):
    """Figures of a city, and when they were read."""

    read_at: Instant
    figures: CityFigures


class KeptFigures:
    """The files of one folder, by the code of the city."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, code: str) -> Kept | None:
        """Return what is kept of a city; None if there is nothing, or the file is damaged."""
        path = self._path(code)
        try:
            kept = Kept.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            advice = "the next reading of the city writes it again"
            log.warning("kept_figures_unreadable", path=str(path), error=str(error), advice=advice)
            return None
        return kept if kept.figures.city == code else None

    def save(self, code: str, kept: Kept) -> None:
        """Replace what is kept of a city; raises `OSError`."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(self._path(code), kept.model_dump_json())

    def _path(self, code: str) -> Path:
        # A code has six digits, so that it cannot name a file elsewhere.
        return self._folder / f"{code}.json"
