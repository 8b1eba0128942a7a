"""The daily digest as a mail 邮件: conclusions as text, PDF and HTML attached. Pure."""

from datetime import date, datetime, time, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256

from hub.digest.document import Document
from schemas.base import BEIJING


def due_day(now: datetime, at: str) -> date | None:
    """Return the day whose digest is due: yesterday from `at` (HH:MM, Beijing) on, else None.

    A hub that was down at that time sends it when it runs again, on the same day.
    """
    beijing = now.astimezone(BEIJING)
    if beijing.time() < time.fromisoformat(at):
        return None
    return beijing.date() - timedelta(days=1)


def recipients(listed: str) -> list[str]:
    """Return the addresses of a list with commas, each once."""
    return list(dict.fromkeys(filter(None, (address.strip() for address in listed.split(",")))))


def mail_of(document: Document, page: str, paper: bytes, to: str, now: datetime) -> bytes:
    """Return the mail (RFC 5322) of a digest; a repetition has the same Message-ID."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = f"{document.title}（{document.date}）"
    mail["To"] = to
    key = sha256(f"{document.name}/{to}".encode()).hexdigest()[:24]
    mail["Message-ID"] = f"<{document.name}.{key}@minqing-hub>"
    mail["Date"] = now
    mail.set_content(summary(document))
    mail.add_attachment(
        paper, maintype="application", subtype="pdf", filename=f"{document.name}.pdf"
    )
    mail.add_attachment(page, subtype="html", filename=f"{document.name}.html")
    return mail.as_bytes()


def summary(document: Document) -> str:
    """Return figures and conclusions as plain text, with the address of the page."""
    lines = [document.title, document.subtitle, ""]
    lines += [f"{figure.name}：{figure.value}（{figure.note}）" for figure in document.figures]
    lines += ["", "要点与建议"]
    for number, conclusion in enumerate(document.conclusions, 1):
        lines.append(f"{number}．{conclusion.fact}")
        if conclusion.advice:
            who = f"（{conclusion.responsible}）" if conclusion.responsible else ""
            lines.append(f"　　建议：{conclusion.advice}{who}")
    return "\n".join([*lines, *(["", document.url] if document.url else []), ""])
