"""`hub digest`: asks the store, composes, and writes the files."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import click

from hub.digest.asking import Day
from hub.digest.daily import daily
from hub.digest.special import NoDigestError, of_case, of_matter
from hub.digest.written import write
from hub.reader import Reader, StoreAwayError
from hub.settings import Settings
from streams.deadline import SHANGHAI

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

    Raises `click.ClickException` where the store is away or there is nothing to tell of.
    """
    now = datetime.now(UTC)
    today = now.astimezone(SHANGHAI).date()
    wanted = day.date() if day else today - timedelta(days=1)
    if wanted > today:
        raise click.ClickException(f"{wanted} has not come yet")
    reader = Reader(settings)
    try:
        asked = Day(wanted, now)
        if case:
            document = of_case(reader.rows, asked, _case_id(case))
        elif matter:
            document = of_matter(reader.rows, _up_to(day, today, now), matter)
        else:
            document = daily(reader.rows, asked)
    except StoreAwayError as error:
        raise click.ClickException(f"{error}; start it with hub up") from error
    except NoDigestError as error:
        raise click.ClickException(str(error)) from error
    finally:
        reader.close()
    return write(document, folder or settings.data / "digests", forms or FORMS)


def _up_to(day: datetime | None, today: date, now: datetime) -> Day:
    return Day(day.date() if day else today, now)


def _case_id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError as error:
        raise click.ClickException(f"{text} is no case id; hub cases ls shows them") from error
