"""Settings of HTTP: bounds of requests 请求限制, mutual TLS 双向认证, public tracking 进度查询."""

from pathlib import Path

from pydantic import ConfigDict, Field

from hub.settings.base import CommonSettings


class BodySettings(CommonSettings):
    """Bounds of bodies and connections at the intake."""

    model_config = ConfigDict(title="Bounds of requests 请求限制")

    max_body: int = Field(default=32 * 1024 * 1024, description="largest message that is accepted")
    max_receiving: int = Field(
        default=512 * 1024 * 1024,
        description="bytes of all bodies in memory at once. Senders that are not authenticated"
        " before their body share half of it; one address may use a quarter",
    )
    max_bodies: int = Field(
        default=256, description="bodies in progress at once; beyond that the slowest is ended"
    )
    max_bodies_per_address: int = Field(
        default=64, description="bodies in progress at once from one address"
    )
    max_connections: int = Field(
        default=512, description="open connections to the intake; beyond that an idle one is closed"
    )
    max_connections_per_address: int = Field(
        default=128,
        description="open connections from one address; not counted behind reverse proxies",
    )
    idle_seconds: float = Field(
        default=75.0,
        description="time after which a connection without a complete request is closed",
    )
    body_seconds: float = Field(default=60.0, description="time within which a body must arrive")
    body_grace: float = Field(
        default=5.0, description="time after which a body must arrive at HUB_BODY_RATE"
    )
    body_rate: int = Field(default=4096, description="bytes per second below which a body is ended")


class MutualTlsSettings(CommonSettings):
    """Port and certificates for channels that push with mutual TLS."""

    model_config = ConfigDict(title="Mutual TLS 双向认证")

    mutual_port: int = Field(default=0, description="port for pushes with mutual TLS; 0: none")
    mutual_cert: Path | None = Field(default=None, description="file with the intake's certificate")
    mutual_key: Path | None = Field(default=None, description="file with its private key")
    mutual_ca: Path | None = Field(
        default=None, description="file with the authority of the channels' certificates"
    )
    mutual_for: str = Field(
        default="", description="channels that must show their certificate, separated by commas"
    )

    @property
    def mutual_channels(self) -> frozenset[str]:
        """Channels that must show their certificate."""
        return frozenset(filter(None, (name.strip() for name in self.mutual_for.split(","))))


class TrackingSettings(CommonSettings):
    """URL and rate limits of the tracking page, and of those of projects and deliberations."""

    model_config = ConfigDict(title="Tracking page 进度查询")

    public_url: str = Field(default="", description="URL at which citizens reach the tracking page")
    tracking_limit: str = Field(
        default="30/minute", description="requests for progress from one address"
    )
    project_limit: str = Field(
        default="120/minute",
        description="requests for pages of projects from one address, and as many for those of"
        " deliberations; ten times as many pictures",
    )
    project_report_limit: str = Field(
        default="20/hour",
        description="reports on the pages of projects and deliberations from one address",
    )
    citizen_rating_days: int = Field(
        default=7,
        ge=0,
        description="days after an answer in which its citizen may rate it on the tracking page,"
        " and change the rating; 0: the page does not ask",
    )
    citizen_rating_limit: str = Field(
        default="10/day", description="ratings with the code of one report"
    )


class IntakeAddress(CommonSettings):
    """Port of the intake, and where the pages of the staff reach it."""

    model_config = ConfigDict(title="Address of the intake 接入地址")

    intake_port: int = Field(default=8801, description="HTTP port of the intake")
    intake_url: str = Field(
        default="",
        description="URL of the intake for reports that staff enter by hand; empty: HUB_INTAKE_PORT"
        " on this machine",
    )

    @property
    def intake_address(self) -> str:
        """URL of the intake, without a slash at its end."""
        return self.intake_url.rstrip("/") or f"http://{self.host}:{self.intake_port}"


class StaffAddress(CommonSettings):
    """Where the staff reach their pages."""

    model_config = ConfigDict(title="Address of the staff's pages 工作台地址")

    overview_url: str = Field(
        default="",
        description="URL at which staff reach the overview and the workbench; OpenID Connect and"
        " links in notices need it",
    )
