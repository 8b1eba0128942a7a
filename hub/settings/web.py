"""Bounds of requests 请求限制, and mutual TLS 双向认证 of pushing channels."""

from pathlib import Path

from pydantic import Field

from hub.settings.base import CommonSettings


class BodySettings(CommonSettings):
    """How many bytes, bodies and connections the intake takes."""

    max_body: int = Field(default=32 * 1024 * 1024, description="largest message accepted")
    max_receiving: int = Field(
        default=512 * 1024 * 1024,
        description="bytes of bodies that are held at once; senders who have proved nothing before"
        " their body share a half of it, one address a quarter",
    )
    max_bodies: int = Field(
        default=256, description="bodies under way at once; then the slowest is ended"
    )
    max_bodies_per_address: int = Field(default=64, description="the same of one address")
    max_connections: int = Field(
        default=512, description="open connections to the intake; then an idle one is closed"
    )
    max_connections_per_address: int = Field(
        default=128,
        description="the same of one address; not counted behind reverse proxies",
    )
    idle_seconds: float = Field(
        default=75.0,
        description="after which a connection to the intake without a whole request is closed",
    )
    body_seconds: float = Field(default=60.0, description="time in which a body must have come")
    body_grace: float = Field(
        default=5.0, description="time after which a body must come at HUB_BODY_RATE"
    )
    body_rate: int = Field(
        default=4096, description="bytes per second below which a sender is ended"
    )


class MutualTlsSettings(CommonSettings):
    """Certificates of the port for mutual TLS."""

    mutual_port: int = Field(default=0, description="port where pushes come by mutual TLS; 0: none")
    mutual_cert: Path | None = Field(default=None, description="the intake's certificate there")
    mutual_key: Path | None = Field(default=None, description="its private key")
    mutual_ca: Path | None = Field(
        default=None, description="authority of the channels' certificates"
    )
    mutual_for: str = Field(
        default="", description="channels that are taken with their certificate only, by commas"
    )

    @property
    def mutual_channels(self) -> frozenset[str]:
        """Channels that must show a certificate of their own."""
        return frozenset(filter(None, (one.strip() for one in self.mutual_for.split(","))))
