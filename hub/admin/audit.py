"""`hub audit verify` 审计校验: has a line of the audit been changed or removed?"""

from datetime import UTC, datetime

from hub.accounts.audit_chain import faults
from hub.admin.ask import ask_store
from hub.settings.store import StoreSettings

LINES = "SELECT * FROM audit ORDER BY at"


def verify_audit(settings: StoreSettings, known: str) -> tuple[bool, str]:
    """Return whether the chain of hashes is whole, and a report of it.

    `known` is a hash from the log that must be in the audit; empty: none is looked for. Raises
    `HubError` if the store does not answer.
    """
    lines = ask_store(settings, LINES)
    errors = faults(lines, datetime.now(UTC), settings.keep_audit)
    if known and known not in {line["hash"] for line in lines}:
        errors.append(f"no line has the hash {known}")
    unchained = sum(1 for line in lines if not line["hash"])
    report = [f"{len(lines)} lines, {unchained} of them from before there was a chain"]
    if lines and lines[-1]["hash"]:
        report.append(f"the last hash is {lines[-1]['hash']}")
    return not errors, "\n".join([*errors, *report])
