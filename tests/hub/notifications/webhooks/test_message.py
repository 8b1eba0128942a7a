"""The body and the headers of a webhook message."""

import json
from datetime import datetime

import pytest

from hub.notifications.webhooks.message import body_of, signed_headers
from hub.notifications.webhooks.subscriptions import new_secret, signing_key
from schemas.cases.case import CaseEvent
from tests.hub.notifications.cases import entries_of

ID, AT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
"""As the reference library of Standard Webhooks signs this message with this secret."""


def test_the_signature_is_that_of_the_reference_library() -> None:
    """Id, timestamp and body are signed; headers have the names of the specification."""
    headers = signed_headers(ID, AT, BODY, [SECRET])
    assert headers["webhook-signature"] == SIGNATURE
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == (ID, str(AT))


def test_every_secret_signs_so_that_a_receiver_can_change_to_the_next() -> None:
    """Signatures are separated by spaces; the old secret's is among them."""
    signatures = signed_headers(ID, AT, BODY, [new_secret(), SECRET])["webhook-signature"].split()
    assert len(signatures) == 2
    assert signatures[1] == SIGNATURE


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!!!", "whsec_c2hvcnQ=", SECRET[6:]])
def test_a_short_or_unmarked_secret_is_refused(secret: str) -> None:
    """A secret has its mark and 24 bytes at least."""
    with pytest.raises(ValueError, match="not"):
        signing_key(secret)


def test_a_message_has_the_entry_as_subscribers_read_it() -> None:
    """Type, time and data; `data` is an entry by the schema of the topic."""
    opened, assigned, *_ = entries_of()
    message = json.loads(body_of(assigned))
    assert message["type"] == "case.assign"
    assert datetime.fromisoformat(message["timestamp"]) == assigned.at
    assert CaseEvent.model_validate(message["data"]).case.title == assigned.case.title
    assert json.loads(body_of(opened))["data"]["seq"] == 1


def test_no_message_identifies_a_reporter() -> None:
    """Keyed hashes of persons and tracking codes stay inside the hub."""
    entry = entries_of(reporter="k" * 32)[0]
    assert entry.case.reports[0].reporter_key == "k" * 32
    assert b"k" * 32 not in body_of(entry)


def test_a_confidential_case_has_no_text() -> None:
    """Of a confidential case 保密 a receiver learns state, unit, place and times only."""
    entry = entries_of(confidential=True, content="举报某某收受红包")[0]
    message = body_of(entry).decode()
    assert "红包" not in message
    assert entry.reason not in message
    assert json.loads(message)["data"]["state"] == entry.state
