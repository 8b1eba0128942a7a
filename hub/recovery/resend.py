"""Resend after a start 补发: publish journal entries again that the store does not have.

The embedded broker keeps its log in memory. A crash loses records that were published but not yet
stored. Every entry that is not settled in the store is published again. The ids are the same, so
nothing counts twice.
"""

from datetime import UTC, datetime, timedelta

import structlog

from hub.journal.journal import Journal
from hub.publish.publisher import CURSOR
from hub.settings.journal import JournalSettings
from hub.store.reader import Reader

SETTLED = "settled"
"""Cursor: all entries up to it are settled in the store."""
CHUNK = 2000
RECHECKED = timedelta(seconds=90)
"""Far longer than an operating system keeps written data in memory before it is on disk."""
SQL = "SELECT receipt_id FROM settled_receipts WHERE receipt_id IN {ids:Array(UUID)}"

log = structlog.get_logger()


def advance_settled(journal: Journal, reader: Reader) -> int:
    """Move the settled cursor up to the first entry that is not settled; return it.

    Raises `StoreAwayError`.
    """
    settled = int(journal.get(SETTLED) or 0)
    upto = int(journal.get(CURSOR) or 0)
    while settled < upto:
        entries = journal.receipt_ids(settled, min(settled + CHUNK, upto))
        if not entries:
            settled = min(settled + CHUNK, upto)
            continue
        ids = [str(receipt) for _, receipt in entries]
        known = {str(row["receipt_id"]) for row in reader.rows(SQL, {"ids": ids})}
        first = next((seq for seq, receipt in entries if str(receipt) not in known), None)
        if first is not None:
            settled = first - 1
            break
        settled = entries[-1][0]
    journal.set(SETTLED, str(settled))
    return settled


def rewind(journal: Journal, reader: Reader) -> int:
    """Reset the publisher to the settled cursor; return how many entries it publishes again.

    The entries of the last minutes are checked again: after a loss of power the store may lack rows
    that it had confirmed.
    """
    recent = journal.first_since(datetime.now(UTC) - RECHECKED)
    if recent:
        journal.set(SETTLED, str(min(int(journal.get(SETTLED) or 0), recent - 1)))
    settled = advance_settled(journal, reader)
    published = int(journal.get(CURSOR) or 0)
    if published <= settled:
        return 0
    journal.set(CURSOR, str(settled))
    again = journal.waiting()
    log.info("resend_started", entries=again)
    return again


def forget_old(journal: Journal, reader: Reader, settings: JournalSettings) -> int:
    """Delete settled entries older than the retention; return how many."""
    settled = advance_settled(journal, reader)
    before = datetime.now(UTC) - timedelta(seconds=settings.journal_keep)
    return journal.forget(settled, before)
