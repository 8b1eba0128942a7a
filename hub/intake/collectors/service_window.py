"""政务服务窗口: the stages of service items in the paged API of a window system."""

from hub.intake.collectors.paged_api import PagedApi, PagedCollector
from hub.intake.collectors.source import Source
from schemas.channel import Channel

WINDOW = PagedApi(Channel.SERVICE_ITEMS, "service window", "service_items", "items")


class ServiceWindow(PagedCollector):
    """Reads `GET {HUB_SERVICE_ITEMS_URL}/items?after=…&limit=…`."""

    def __init__(self, source: Source) -> None:
        super().__init__(source, WINDOW, source.settings.service_items_url.get_secret_value())
