"""领导留言板: the posts of its paged API."""

from hub.intake.collectors.paged_api import PagedApi, PagedCollector
from hub.intake.collectors.source import Source
from schemas.channel import Channel

CURSOR = "leader_board"
BOARD = PagedApi(Channel.LEADER_BOARD, "leader board", CURSOR, "posts")


class LeaderBoard(PagedCollector):
    """Reads `GET {HUB_LEADER_BOARD_URL}/posts?after=…&limit=…`."""

    def __init__(self, source: Source) -> None:
        super().__init__(source, BOARD, source.settings.leader_board_url)
