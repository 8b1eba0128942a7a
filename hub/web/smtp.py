"""A connection to the mail server 邮件服务器: SMTP (RFC 5321), with TLS where the server has it."""

import smtplib
from urllib.parse import unquote, urlsplit

from hub.web.connection_fault import connection_fault

TIMEOUT = 30.0


def smtp_connection(url: str) -> smtplib.SMTP:
    """Connect and log in to `smtp://` or `smtps://user:password@host:port`.

    Raises `smtplib.SMTPException` and `OSError`.
    """
    parts = urlsplit(url)
    kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    server = kind(parts.hostname or "", parts.port or 0, timeout=TIMEOUT)
    try:
        if parts.scheme == "smtp":
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls()
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def mail_fault(error: OSError, url: str) -> str:
    """Return the sentence for an error of `smtp_connection` or of sending a mail through it."""
    host = urlsplit(url).hostname or "the mail server"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"{host} refuses the login; check name and password in HUB_SMTP_URL"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return f"{host} ended the connection without an answer; look at its log"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, reason = next(iter(error.recipients.values()))
        return f"{host} refuses the receivers: {code} {reply_text(reason)}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{host} answers {error.smtp_code} {reply_text(error.smtp_error)}"
    if isinstance(error, smtplib.SMTPException):
        return f"{host} does not take the mail: {error}"
    return connection_fault(error, url, TIMEOUT)


def reply_text(reply: bytes | str) -> str:
    """Return the words of a server's reply, which smtplib keeps as bytes or as text."""
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
