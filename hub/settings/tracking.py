"""The public tracking page 进度查询."""

from pydantic import Field

from hub.settings.base import CommonSettings


class TrackingSettings(CommonSettings):
    """Address and rate limit of the tracking page."""

    public_url: str = Field(
        default="", description="address under which citizens reach the tracking page"
    )
    tracking_limit: str = Field(
        default="30/minute", description="how often one address may ask for progress"
    )
