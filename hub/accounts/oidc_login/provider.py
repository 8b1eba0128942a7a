"""OpenID Connect 统一身份认证: staff log in at the city's identity provider.

Authorization code flow with PKCE (OpenID Connect Core 1.0 § 3.1, RFC 7636), by Authlib. Role and
unit come from two claims of the ID token.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from requests import RequestException

from hub.accounts.staff import NEED_UNIT, StaffRole
from hub.runtime.errors import HubError
from hub.settings.accounts import AccountSettings

DISCOVERY = "/.well-known/openid-configuration"
SCOPE = "openid profile"
SIGNED_BY = frozenset(
    (
        *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
        *("ES256", "ES384", "ES512", "EdDSA"),
    )
)
"""Accepted signature algorithms: public keys only; never `none` or a shared secret."""
TIMEOUT = 10.0
LEEWAY = 60
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class OidcError(HubError, RuntimeError):
    """The login failed; the message gives the reason, for the log and the page."""


@dataclass(frozen=True, slots=True)
class OidcIdentity:
    """A person as the identity provider describes him."""

    name: str
    role: StaffRole
    unit: str


@dataclass(frozen=True, slots=True)
class PendingLogin:
    """A login in progress: the URL for the browser, and the values to check when it returns."""

    url: str
    state: str
    nonce: str
    verifier: str


class Provider:
    """The identity provider of the settings. Its methods block on HTTP: call them in a thread."""

    def __init__(self, settings: AccountSettings) -> None:
        self._settings = settings
        issuer = urlsplit(settings.oidc_issuer)
        if issuer.scheme != "https" and issuer.hostname not in LOOPBACK:
            raise OidcError(f"HUB_OIDC_ISSUER {settings.oidc_issuer} is not https")
        self._metadata: Mapping[str, Any] | None = None

    def begin(self, redirect: str) -> PendingLogin:
        """Start a login; return the URL to send the browser to. Raises `OidcError`."""
        verifier, nonce = generate_token(64), generate_token(32)
        with self._session(redirect) as session:
            url, state = session.create_authorization_url(
                self._discover()["authorization_endpoint"], code_verifier=verifier, nonce=nonce
            )
        return PendingLogin(url, state, nonce, verifier)

    def finish(self, redirect: str, code: str, nonce: str, verifier: str) -> OidcIdentity:
        """Exchange the code for an ID token and return its identity; raises `OidcError`."""
        try:
            with self._session(redirect) as session:
                token = session.fetch_token(
                    self._discover()["token_endpoint"],
                    code=code,
                    code_verifier=verifier,
                    timeout=TIMEOUT,
                )
            keys = requests.get(self._discover()["jwks_uri"], timeout=TIMEOUT)
            claims = self._verified(token, keys.json(), nonce)
        except (RequestException, OAuthError, JoseError, KeyError, ValueError) as error:
            raise OidcError(f"the identity provider's response is not valid: {error}") from error
        return self._identity(claims)

    def _session(self, redirect: str) -> OAuth2Session:
        file = self._settings.oidc_secret_file
        secret = file.read_text(encoding="utf-8").strip() if file else None
        return OAuth2Session(
            self._settings.oidc_client,
            secret,
            redirect_uri=redirect,
            scope=SCOPE,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
        )

    def _discover(self) -> Mapping[str, Any]:
        """Return the provider's discovery document, fetched once."""
        if self._metadata is None:
            issuer = self._settings.oidc_issuer
            try:
                answer = requests.get(issuer.rstrip("/") + DISCOVERY, timeout=TIMEOUT)
                answer.raise_for_status()
                metadata = dict(answer.json())
            except (RequestException, ValueError) as error:
                raise OidcError(
                    f"cannot read the discovery document of {issuer}: {error}"
                ) from error
            if metadata.get("issuer") != issuer:
                raise OidcError(
                    f"the discovery document of {issuer} names the issuer {metadata.get('issuer')}"
                )
            self._metadata = metadata
        return self._metadata

    def _verified(self, token: Mapping[str, Any], keys: Any, nonce: str) -> Mapping[str, Any]:
        """Return the claims of an ID token after checking signature, times, audience and nonce."""
        supported = self._discover().get("id_token_signing_alg_values_supported", ["RS256"])
        decoded = jwt.decode(
            token["id_token"],
            KeySet.import_key_set(keys),
            registry=JWSRegistry(
                algorithms=sorted(SIGNED_BY & set(supported)), strict_check_header=False
            ),
        )
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {
                "iss": {"values": [self._settings.oidc_issuer]},
                "aud": {"values": [self._settings.oidc_client]},
            },
            {
                "nonce": nonce,
                "client_id": self._settings.oidc_client,
                "access_token": token.get("access_token"),
            },
        )
        claims.validate(leeway=LEEWAY)
        if claims.get("nonce") != nonce:
            raise OidcError("the ID token belongs to another login: its nonce is wrong")
        return claims

    def _identity(self, claims: Mapping[str, Any]) -> OidcIdentity:
        claim = claims.get(self._settings.oidc_role_claim)
        values = claim if isinstance(claim, list) else [claim]
        role = next((role for role in StaffRole if role in values), None)
        unit = str(claims.get(self._settings.oidc_unit_claim) or "")
        name = str(claims.get("preferred_username") or claims.get("name") or claims["sub"])
        if role is None:
            raise OidcError(f"claim {self._settings.oidc_role_claim} of {name} has no known role")
        if role in NEED_UNIT and not unit:
            raise OidcError(f"claim {self._settings.oidc_unit_claim} of {name} has no unit")
        return OidcIdentity(name, role, unit)
