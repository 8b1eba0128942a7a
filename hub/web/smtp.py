"""A connection to the mail server 邮件服务器: SMTP (RFC 5321), with TLS where the server has it."""

import smtplib
from urllib.parse import unquote, urlsplit

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
