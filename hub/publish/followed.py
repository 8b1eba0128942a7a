"""Keeps the table of people who are visited by their classes 走访对象 in step with the register.

The register has no history: of each person and class this table keeps the day on which the hub
first saw them. It is written again as a whole after each load of the register, so whoever died,
moved away or lost the class is not in it, and his visits end.
"""

import asyncio
from datetime import UTC, date, datetime

import structlog

from hub.registers.tables import COMMENT
from hub.runtime.periodic import repeat_forever
from hub.settings.intake import IntakeSettings
from hub.store.client import Store
from schemas.base import BEIJING

BESIDE = "people_followed_next"
FILL = f"""
INSERT INTO {BESIDE}
SELECT p.code AS code, p.class AS class, p.grid_code AS grid_code,
       p.division_code AS division_code, p.household AS household,
       if(f.code = '', {{today:Date}}, f.since) AS since
FROM
(
    SELECT code, class, grid_code, division_code, household
    FROM (SELECT * FROM people FINAL WHERE standing = 'current' AND notEmpty(classes))
    ARRAY JOIN arrayDistinct(classes) AS class
) AS p
LEFT JOIN (SELECT code, class, since FROM people_followed FINAL) AS f
    ON f.code = p.code AND f.class = p.class
"""  # noqa: S608 - our own names

log = structlog.get_logger()


def follow_people(store: Store, today: date) -> bool:
    """Write the table again if the register has another version; return whether it was written.

    `today` is a day in Beijing. Readers see the former rows or the new ones, never a half. Raises
    the store's errors.
    """
    version, followed = (_comment(store, table) for table in ("people", "people_followed"))
    if version == followed:
        return False
    store.command(f"DROP TABLE IF EXISTS {BESIDE} SYNC")
    store.command(f"CREATE TABLE {BESIDE} AS people_followed")
    store.command(FILL.replace("{today:Date}", f"toDate('{today.isoformat()}')"))
    store.command(f"ALTER TABLE {BESIDE} MODIFY COMMENT '{version}'")
    store.command(f"EXCHANGE TABLES {BESIDE} AND people_followed")
    store.command(f"DROP TABLE IF EXISTS {BESIDE} SYNC")
    log.info("people_followed", version=version)
    return True


def _comment(store: Store, table: str) -> str:
    return "".join(str(row[0]) for row in store.rows(COMMENT, {"name": table}))


async def follow_people_forever(
    settings: IntakeSettings, store: Store, stop: asyncio.Event
) -> None:
    """Follow the register every `duties_every` seconds until `stop` is set."""

    async def follow_once() -> int:
        today = datetime.now(UTC).astimezone(BEIJING).date()
        await asyncio.to_thread(follow_people, store, today)
        return 0

    await repeat_forever("people_followed", follow_once, settings.duties_every, stop)
