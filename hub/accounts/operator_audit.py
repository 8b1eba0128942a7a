"""A line of the audit about a command on this machine 留痕, by the system account."""

import pwd
from collections.abc import Callable
from contextlib import closing
from os import getuid

from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.accounts.audit import Audit, AuditAction
from hub.runtime.errors import HubError
from hub.settings.store import StoreSettings
from hub.store.client import Store, open_store
from hub.store.engine_client import EngineStore


def noting(settings: StoreSettings, what: AuditAction) -> Callable[[str], None]:
    """Return a function that writes one line of the audit, by the system account of this process.

    It raises `HubError` if the store does not answer: what is not in the audit is not done.
    """

    def note(detail: str) -> None:
        try:
            store: Store = open_store(settings) if settings.clickhouse else EngineStore(settings)
            with closing(store):
                Audit(settings, store).note_operator(operator_name(), what, detail)
        except ClickHouseError as error:
            advice = "nothing was changed, since the audit needs the store; start it with hub up"
            raise HubError(f"{advice} ({error})") from error

    return note


def operator_name() -> str:
    """Return the name of the system account, or its number where it has no name."""
    try:
        return pwd.getpwuid(getuid()).pw_name
    except KeyError:
        return str(getuid())
