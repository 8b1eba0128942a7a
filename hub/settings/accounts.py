"""Staff accounts 账号: log-in, sessions, OpenID Connect."""

from enum import StrEnum
from pathlib import Path

from pydantic import ConfigDict, Field

from hub.settings.web import StaffAddress


class PublicView(StrEnum):
    """What the overview shows without log-in."""

    NOTHING = "nothing"
    """Only the log-in page."""
    FIGURES = "figures"
    """Counts of the county and its areas; no text and no cases."""


class AccountSettings(StaffAddress):
    """Limits of log-in, length of sessions, and the identity provider."""

    model_config = ConfigDict(title="Staff accounts 账号")

    login_limit: str = Field(
        default="10/15minute",
        description="failed log-ins of one name from one address, on the page or by SQL",
    )
    login_limit_address: str = Field(
        default="100/15minute", description="failed log-ins from one address, over all names"
    )
    login_limit_name: str = Field(
        default="60/hour",
        description="failed log-ins of one name, over all addresses; an address from which the"
        " name has logged in before has only the first limit",
    )
    session_hours: float = Field(
        default=12.0, description="hours after which staff must log in again"
    )
    session_idle_minutes: float = Field(
        default=60.0, description="minutes without a request after which a session ends; 0: never"
    )
    oidc_issuer: str = Field(
        default="", description="OpenID Connect issuer for the log-in of staff; empty: none"
    )
    oidc_client: str = Field(default="", description="client id of the overview at the issuer")
    oidc_secret_file: Path | None = Field(
        default=None, description="file with the secret of that client"
    )
    oidc_role_claim: str = Field(default="hub_role", description="claim with the role")
    oidc_unit_claim: str = Field(default="hub_unit", description="claim with the unit")
    public: PublicView = Field(
        default=PublicView.NOTHING,
        description="what the overview shows without log-in: nothing, or figures (counts of the"
        " county and its areas)",
    )
