"""Settings of outgoing requests 外发请求: the private networks that they may reach."""

from pydantic import ConfigDict, Field

from hub.settings.base import CommonSettings


class OutboundSettings(CommonSettings):
    """Where webhooks and notices may be sent to, and the cities of a province be read."""

    model_config = ConfigDict(title="Outgoing requests 外发请求")

    outbound_networks: str = Field(
        default="",
        description="private networks that webhooks, robots and the cities of a province may be"
        " in, separated by commas, such as 10.20.0.0/16; empty: only public addresses, and only"
        " over https",
    )
