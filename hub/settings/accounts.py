"""Staff accounts 账号: log-in, sessions, OpenID Connect."""

from enum import StrEnum
from pathlib import Path

from pydantic import Field

from hub.settings.base import CommonSettings


class PublicView(StrEnum):
    """What the overview shows to whoever has not logged in."""

    NOTHING = "nothing"
    """the log-in page"""
    FIGURES = "figures"
    """counts of the county and its areas; no words, no cases"""


class AccountSettings(CommonSettings):
    """Limits of log-in and sessions, and the identity provider."""

    login_limit: str = Field(
        default="10/15minute",
        description="how often one name may fail to log in from one address, on the page or by SQL",
    )
    login_limit_address: str = Field(
        default="100/15minute", description="how often one address may, over all names"
    )
    login_limit_name: str = Field(
        default="60/hour",
        description="how often one name may, over all addresses; where it has logged in before,"
        " only the first limit holds",
    )
    session_hours: float = Field(default=12.0, description="hours after which staff log in again")
    session_idle_minutes: float = Field(
        default=60.0, description="minutes without a request after which a session ends; 0: never"
    )
    overview_url: str = Field(
        default="", description="address under which staff reach the overview; needed by OIDC"
    )
    oidc_issuer: str = Field(
        default="", description="OpenID Connect issuer that staff log in with; empty: none"
    )
    oidc_client: str = Field(default="", description="client id of the overview there")
    oidc_secret_file: Path | None = Field(default=None, description="file of the client's secret")
    oidc_role_claim: str = Field(default="hub_role", description="claim that tells the role")
    oidc_unit_claim: str = Field(default="hub_unit", description="claim that tells the unit")
    public: PublicView = Field(
        default=PublicView.NOTHING,
        description="what the overview shows without log-in: nothing, or figures of the county and"
        " its areas",
    )
