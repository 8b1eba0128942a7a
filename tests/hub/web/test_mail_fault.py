"""Why a mail was not taken: a sentence for an operator, without the names of classes."""

import smtplib
import socket
from contextlib import closing

import pytest

from hub.web.smtp import mail_fault, smtp_connection

URL = "smtp://user:secret@mail.example:2525"
REFUSED: dict[str, tuple[int, bytes]] = {"li@example.org": (550, b"no such user")}


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (smtplib.SMTPAuthenticationError(535, b"bad"), "refuses the login; check name and"),
        (smtplib.SMTPServerDisconnected("gone"), "ended the connection without an answer"),
        (smtplib.SMTPRecipientsRefused(REFUSED), "refuses the receivers: 550 no such user"),
        (smtplib.SMTPDataError(452, b"disk full"), "answers 452 disk full"),
        (smtplib.SMTPNotSupportedError("no AUTH"), "does not take the mail: no AUTH"),
        (TimeoutError(), "did not answer within 30 seconds"),
        (OSError(113, "No route to host"), ":2525 cannot be reached (No route to host)"),
    ],
)
def test_each_failure_of_the_server_is_a_sentence(error: OSError, text: str) -> None:
    """It names the server, and neither user nor password."""
    fault = mail_fault(error, URL)
    assert fault.startswith("mail.example")
    assert text in fault
    assert "secret" not in fault


def test_a_server_that_is_not_there() -> None:
    """A closed port and an unknown name have different sentences."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    wanted = {
        f"smtp://127.0.0.1:{port}": f"nothing listens at 127.0.0.1:{port}",
        "smtp://no-such-host.invalid": "the name no-such-host.invalid is not known",
    }
    for url, text in wanted.items():
        with pytest.raises(OSError) as failure:  # noqa: PT011 - each kind is expected
            smtp_connection(url)
        assert mail_fault(failure.value, url).startswith(text)
