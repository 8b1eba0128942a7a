"""The daily digest in group chats 研判群发: its conclusions and its link, by the robots of notices.

`digest` in `notices.yaml` names the robots. The file is read at each look, so that a change needs
no restart.
"""

import structlog

from hub.digest.document import Document
from hub.notifications.notices.delivery import NotSentError, Transport, send_text
from hub.notifications.notices.rules import NoticeRules, NoticesError, load_rules
from hub.notifications.notices.text import Line, Text
from hub.settings.outgoing.notifications import NotificationSettings
from hub.web.outbound import Destinations, OutboundSession

SECONDS = 20.0
"""Seconds that a platform may take to answer."""

log = structlog.get_logger()


class DigestRobots:
    """Sends the digest to the robots that get it."""

    def __init__(self, settings: NotificationSettings) -> None:
        """Prepare; raises `NetworksError`."""
        self._settings = settings
        self._destinations = Destinations(settings.outbound_networks)

    def names(self) -> list[str]:
        """Return the robots that get the digest; none if the file is invalid, which is logged."""
        return list(dict.fromkeys(self._rules().digest))

    async def send(self, name: str, document: Document) -> str:
        """Send to one robot, and return what it answered; raises `NotSentError`."""
        receiver = self._rules().receivers.get(name)
        if receiver is None:
            raise NotSentError(f"no receiver {name} in notices.yaml any more")
        async with OutboundSession(self._destinations, SECONDS) as session:
            return await send_text(receiver, text_of_digest(document), Transport(session, "", ""))

    def _rules(self) -> NoticeRules:
        try:
            return load_rules(self._settings)
        except NoticesError as error:
            log.warning("notice_rules_invalid", error=str(error), advice="run hub notices check")
            return NoticeRules()


def text_of_digest(document: Document) -> Text:
    """Return figures and conclusions as a message.

    The link comes first: of a message that is too long for a platform, the end is cut off.
    """
    link = [Line("打开全文（须登录）", document.url)] if document.url else []
    figures = "，".join(f"{figure.name}{figure.value}" for figure in document.figures)
    lines = [
        f"{number}．{conclusion.fact}"
        + (f" 建议：{conclusion.advice}" if conclusion.advice else "")
        + (f"（{conclusion.responsible}）" if conclusion.advice and conclusion.responsible else "")
        for number, conclusion in enumerate(document.conclusions, 1)
    ]
    title = f"{document.title}（{document.date}）"
    return Text(title, (*link, *(Line(line) for line in (figures, *lines) if line)))
