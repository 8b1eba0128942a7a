"""A program that opens a restored data folder with the code of today, and prints what is in it.

The embedded engine opens one folder in a process, so a test cannot do it itself.
"""

import json
import sys
from pathlib import Path

from hub.journal.migration import open_sealed
from hub.security.keyring import open_sealer
from hub.settings import Settings
from hub.store.client import open_store
from hub.store.migrate import migrate
from schemas.cases.case import Case
from schemas.cloudevent import from_record


def main() -> None:
    """Migrate store and journal of the folder in the first argument; print the counts as JSON."""
    settings = Settings(data=Path(sys.argv[1]))
    store = open_store(settings)
    migrate(store)
    bodies = store.rows("SELECT body FROM cases FINAL")
    cases = [from_record(Case, body.encode()) for (body,) in bodies]
    journal = open_sealed(settings, open_sealer(settings))
    messages = journal.read(0, 100)
    (settled,) = store.rows("SELECT count() FROM settled_receipts")
    counts = {"cases": len(cases), "messages": len(messages), "settled": settled[0]}
    journal.close()
    store.close()
    sys.stdout.write(json.dumps(counts))


if __name__ == "__main__":
    main()
