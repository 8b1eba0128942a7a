"""`hub feedback ls|retry` 未送达: list undelivered feedback, and send it again."""

from uuid import UUID

from kafka.errors import KafkaError

from connectors.registry import load_connectors
from hub.admin.ask import ask_store, render_rows
from hub.broker.producer import no_broker, send
from hub.feedback.addresses import Address, load_addresses
from hub.feedback.transports import missing_settings
from hub.runtime.errors import HubError
from hub.security.credentials import load_or_create_credentials
from hub.settings import Settings
from hub.settings.store import StoreSettings
from schemas.cases.feedback import Feedback
from schemas.cloudevent import from_record
from schemas.topic import FEEDBACK

OPEN = (
    "SELECT toString(feedback_id) AS feedback_id, standing, channel, native_id, move,"
    " toString(at) AS at, substringUTF8(text, 1, 60) AS text, reason FROM feedback_open"
    " ORDER BY at LIMIT {limit:UInt32}"
)
BODY = "SELECT body FROM feedback FINAL WHERE feedback_id = {id:UUID}"


def list_undelivered(settings: Settings, *, limit: int, as_json: bool) -> str:
    """Return the feedback that waits or was given up, oldest first; raises `HubError`."""
    rows = ask_store(settings, OPEN, {"limit": limit})
    missing = _missing_addresses(settings)
    for row in rows:
        row["reason"] = row["reason"] or missing.get(row["channel"], "")
    return render_rows(rows, as_json=as_json)


def _missing_addresses(settings: Settings) -> dict[str, str]:
    """Return by channel what its address lacks, for the channels that feedback cannot reach."""
    addresses, credentials = load_addresses(settings), load_or_create_credentials(settings)
    smtp_url = settings.smtp_url.get_secret_value()
    faults = {
        channel: missing_settings(
            connector.reply.way,
            addresses.get(channel, Address()),
            credentials.of(channel),
            smtp_url,
        )
        for channel, connector in load_connectors().items()
    }
    return {channel: f"no address: {fault}" for channel, fault in faults.items() if fault}


def retry_feedback(settings: Settings, feedback_ids: tuple[str, ...]) -> str:
    """Publish feedback again, all or none of `feedback_ids`; raises `HubError`."""
    feedbacks = [_stored_feedback(settings, text) for text in feedback_ids]
    for feedback in feedbacks:
        again = feedback.model_copy(update={"again": feedback.again + 1})
        try:
            send(settings, FEEDBACK.record(again))
        except KafkaError as error:
            raise HubError(no_broker(settings, error)) from error
    return f"{len(feedbacks)} will be sent once more"


def _stored_feedback(settings: StoreSettings, text: str) -> Feedback:
    try:
        feedback_id = UUID(text)
    except ValueError as error:
        raise HubError(f"{text} is no id; hub feedback ls shows them") from error
    rows = ask_store(settings, BODY, {"id": str(feedback_id)})
    if not rows:
        raise HubError(f"no feedback {feedback_id} in the store")
    return from_record(Feedback, str(rows[0]["body"]).encode())
