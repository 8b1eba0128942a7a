"""`hub digest`: asks the store, composes, and writes the files."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from hub.admin.ask import reading
from hub.digest.daily import daily
from hub.digest.document import Document
from hub.digest.queries import Day, Rows
from hub.digest.special import NoDigestError, of_case, of_matter
from hub.digest.write import write
from hub.runtime.errors import HubError
from hub.runtime.paths import DataPaths
from hub.settings import Settings
from schemas.base import BEIJING

FORMS = ("md", "html", "pdf")


def digest(
    settings: Settings,
    *,
    day: datetime | None,
    case: str,
    matter: str,
    folder: Path | None,
    forms: tuple[str, ...],
) -> list[Path]:
    """Write a digest; return its files. Without a day it is of yesterday in Beijing.

    Raises `HubError` where the store is away or there is nothing to tell of.
    """
    now = datetime.now(UTC)
    today = now.astimezone(BEIJING).date()
    wanted = day.date() if day else today - timedelta(days=0 if matter else 1)
    if wanted > today:
        raise HubError(f"{wanted} has not come yet")
    with reading(settings) as reader:
        try:
            document = _composed(reader.rows, Day(wanted, now), case, matter)
        except NoDigestError as error:
            raise HubError(str(error)) from error
    return write(document, folder or DataPaths(settings.data).digests, forms or FORMS)


def _composed(rows: Rows, day: Day, case: str, matter: str) -> Document:
    if case:
        return of_case(rows, day, _case_id(case))
    return of_matter(rows, day, matter) if matter else daily(rows, day)


def _case_id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        raise HubError(f"{text} is no case id; hub cases ls shows them") from error
