"""Forms on the page of a project or deliberation 登记表单: with pictures, and what comes back.

If a change is refused, the page comes back with the reason, what was typed, and the pictures that
were kept, so that nobody has to type or send them again.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from aiohttp import web
from multidict import MultiDict

from connectors.values.text import tidy
from hub.accounts.session import Viewer
from hub.attachments.pdf import LARGEST_PDF
from hub.attachments.photos import NAME, PhotoFolder
from hub.numbered.change import MOST_PAPERS, Change, ChangeRefusedError
from hub.web.query import DIGITS
from hub.workbench.file_form import FileForms
from schemas.base import BEIJING
from schemas.numbered import Paper

PHOTO_FIELD = "photo"
"""Name of the fields with pictures that an earlier try has kept."""
LONGEST_NOTE = 500

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that comes back: which one, why, its fields, and its kept pictures."""

    form: str = ""
    problem: str = ""
    fields: Fields = field(default_factory=dict)
    photos: tuple[str, ...] = ()

    def because(self, problem: str) -> "Refused":
        """Return the form with the reason why it comes back."""
        return Refused(self.form, problem, self.fields, self.photos)

    @property
    def papers(self) -> tuple[Paper, ...]:
        """The pictures of the form; public if its field `public` says so."""
        is_public = bool(self.fields.get("public"))
        return tuple(Paper(photo=name, is_public=is_public) for name in self.photos)


class PictureForms:
    """Reads forms with up to six pictures or PDFs; they are kept even if the form comes back."""

    def __init__(self, photos: PhotoFolder) -> None:
        self._photos, self._forms = photos, FileForms(LARGEST_PDF)

    async def read(self, request: web.Request, viewer: Viewer, name: str) -> Refused:
        """Return the form with this name; it has a `problem` if a picture cannot be kept.

        Raises `ProblemError` as `FileForms.read`.
        """
        today = datetime.now(UTC).astimezone(BEIJING).date()

        async def keep(content: bytes) -> tuple[str, ...]:
            return await self._photos.keep_paper(content, viewer.name, today)

        form = await self._forms.read(request, viewer, keep)
        names = await self._kept(form.fields, form.files)
        return Refused(name, "；".join(form.faults), form.fields, tuple(names))

    async def _kept(self, fields: MultiDict[str], files: list[str]) -> list[str]:
        """Return the names of all pictures: of earlier tries, if their files exist, and of this."""
        earlier = [name for name in fields.getall(PHOTO_FIELD, []) if NAME.fullmatch(name)]
        names = list(dict.fromkeys([*earlier[:MOST_PAPERS], *files]))
        paths = await asyncio.gather(
            *(asyncio.to_thread(self._photos.find, name) for name in names)
        )
        return [name for name, path in zip(names, paths, strict=True) if path is not None]


def change_of(viewer: Viewer, fields: Fields) -> Change:
    """Return the change of a form: by whom, now, and the last record that he has seen."""
    return Change(viewer.name, datetime.now(UTC), number_of(fields, "seen"))


def number_of(fields: Fields, name: str) -> int:
    """Return a whole number of a form; 0 if the field is empty or no number."""
    text = fields.get(name, "").strip()
    return int(text) if DIGITS.fullmatch(text) else 0


def note_of(fields: Fields, name: str, longest: int = LONGEST_NOTE) -> str:
    """Return a text of a form; raises `ChangeRefusedError` if it is too long."""
    text = tidy(fields.get(name, ""))
    if len(text) > longest:
        raise ChangeRefusedError(f"说明最多{longest}字")
    return text


def read_day(text: str) -> date | None:
    """Return the day of a date field; None if it is empty. Raises `ValueError`."""
    return date.fromisoformat(text) if text else None


def day_of_form(fields: Fields, name: str, label: str) -> date | None:
    """Return the day of a date field; None if it is empty. Raises `ChangeRefusedError`."""
    try:
        return read_day(fields.get(name, "").strip())
    except ValueError as error:
        raise ChangeRefusedError(f"{label}写成2026-12-31") from error
