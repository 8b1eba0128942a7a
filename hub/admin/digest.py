"""`hub digest` 一日一研判: compose a digest of the store's data, and write its files."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hub.admin.ask import open_reader
from hub.admin.cases import named_case
from hub.digest.daily import daily
from hub.digest.document import Document
from hub.digest.forms.write import write
from hub.digest.pages import Pages
from hub.digest.queries import Day, Rows
from hub.digest.shapes import outlines
from hub.digest.special import of_case, of_matter
from hub.runtime.errors import HubError
from hub.runtime.paths import DataPaths
from hub.settings.outgoing.feedback import DigestSettings
from hub.town.registers import load_town
from hub.town.town_file import TownError
from schemas.base import BEIJING

FORMS = ("md", "html", "pdf")


def write_digest(
    settings: DigestSettings,
    *,
    day: datetime | None,
    case: str,
    matter: str,
    folder: Path | None,
    forms: tuple[str, ...],
) -> list[Path]:
    """Write a digest and return its files.

    Without `day` the digest covers yesterday in Beijing, or today if it is about a `matter`.
    Raises `HubError` if the store does not answer, and `NoDigestError` if there is nothing to
    report.
    """
    now = datetime.now(UTC)
    today = now.astimezone(BEIJING).date()
    date = day.date() if day else today - timedelta(days=0 if matter else 1)
    if date > today:
        raise HubError(f"{date} has not come yet")
    case_id = str(named_case(settings, case)) if case else ""
    with open_reader(settings) as reader:
        document = compose(settings, reader.rows, Day(date, now), case_id, matter)
    return write(document, folder or DataPaths(settings.data).digests, forms or FORMS)


def compose(settings: DigestSettings, rows: Rows, day: Day, case_id: str, matter: str) -> Document:
    """Return the digest of a case or of a matter, else that of the day; raises as above."""
    pages = Pages(settings.overview_url)
    if case_id:
        return of_case(rows, day, case_id, pages)
    if matter:
        return of_matter(rows, day, matter, pages)
    try:
        shapes = outlines(load_town(settings.town).grids)
    except TownError:
        # A digest without a map is better than none.
        shapes = {}
    return daily(rows, day, pages, shapes)
