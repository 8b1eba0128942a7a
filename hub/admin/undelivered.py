"""`hub feedback ls|retry` 未送达: what citizens have not been told, and telling it once more."""

from uuid import UUID

from kafka.errors import KafkaError

from connectors.registry import load_connectors
from hub.admin.ask import ask_store, listed
from hub.broker.producer import no_broker, send
from hub.feedback.addresses import Address, AddressError, load_addresses
from hub.feedback.transports import lacking
from hub.runtime.errors import HubError
from hub.security.credentials import load_or_create_credentials
from hub.settings import Settings
from schemas.cases.feedback import Feedback
from schemas.cloudevent import from_record
from schemas.topic import FEEDBACK

OPEN = (
    "SELECT toString(feedback_id) AS feedback_id, standing, channel, native_id, move,"
    " toString(at) AS at, substringUTF8(text, 1, 60) AS text, reason FROM feedback_open"
    " ORDER BY at LIMIT {limit:UInt32}"
)
BODY = "SELECT body FROM feedback FINAL WHERE feedback_id = {id:UUID}"


def list_open(settings: Settings, *, limit: int, as_json: bool) -> str:
    """Return what waits and what was given up, oldest first; raises `HubError`."""
    rows = ask_store(settings, OPEN, {"limit": limit})
    missing = _missing(settings)
    for row in rows:
        row["reason"] = row["reason"] or missing.get(row["channel"], "")
    return listed(rows, as_json=as_json)


def _missing(settings: Settings) -> dict[str, str]:
    """Return what the address of a channel lacks, of those that cannot be told."""
    try:
        addresses, credentials = load_addresses(settings), load_or_create_credentials(settings)
    except AddressError as error:
        raise HubError(str(error)) from error
    smtp_url = settings.smtp_url.get_secret_value()
    found = {
        name: lacking(one.reply.way, addresses.get(name, Address()), credentials.of(name), smtp_url)
        for name, one in load_connectors().items()
    }
    return {name: f"no address: {text}" for name, text in found.items() if text}


def retry(settings: Settings, feedback_ids: tuple[str, ...]) -> str:
    """Put feedback on its topic once more; raises `HubError`."""
    told = []
    for text in feedback_ids:
        try:
            wanted = UUID(text)
        except ValueError as error:
            raise HubError(f"{text} is no id; hub feedback ls shows them") from error
        rows = ask_store(settings, BODY, {"id": str(wanted)})
        if not rows:
            raise HubError(f"no feedback {wanted} in the store")
        told.append(from_record(Feedback, str(rows[0]["body"]).encode()))
    for one in told:
        again = one.model_copy(update={"again": one.again + 1})
        try:
            send(settings, FEEDBACK.record(again))
        except KafkaError as error:
            raise HubError(no_broker(settings, error)) from error
    return f"{len(told)} will be told once more"
