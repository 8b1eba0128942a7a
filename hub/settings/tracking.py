"""Settings of the public tracking page 进度查询."""

from pydantic import ConfigDict, Field

from hub.settings.base import CommonSettings


class TrackingSettings(CommonSettings):
    """URL and rate limit of the tracking page."""

    model_config = ConfigDict(title="Tracking page 进度查询")

    public_url: str = Field(default="", description="URL at which citizens reach the tracking page")
    tracking_limit: str = Field(
        default="30/minute", description="requests for progress from one address"
    )
