"""Login by OpenID Connect, against a test provider that signs tokens as real ones do."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from cryptography.fernet import Fernet
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from hub.accounts.audit import Audit
from hub.accounts.login_attempts import LoginAttempts
from hub.accounts.login_http import LoginHttp
from hub.accounts.oidc_login.http import BACK, BEGIN, OidcHttp
from hub.accounts.oidc_login.provider import OidcError, Provider
from hub.accounts.session import COOKIE as SESSION
from hub.accounts.session import Sessions
from hub.settings import Settings
from hub.store.client import Store
from hub.web.problem import answer_problems
from tests.builders.town import REGISTER

Client = TestClient[web.Request, web.Application]
CLAIMS: dict[str, Any] = {"preferred_username": "李科长", "hub_role": "city"}


class IdentityProvider:
    """Serves discovery, keys and tokens; a test sets `claims`, `signs_with` and `algorithm`."""

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", {"kid": "k1", "alg": "ES256", "use": "sig"})
        self.signs_with: Any = self.key
        self.algorithm = "ES256"
        self.claims: dict[str, Any] = {}
        self.requested: dict[str, str] = {}
        self.says_issuer = ""
        self.app = web.Application()
        self.app.router.add_get("/.well-known/openid-configuration", self._discovery)
        self.app.router.add_get("/keys", self._keys)
        self.app.router.add_post("/token", self._token)
        self.issuer = ""

    async def _discovery(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": self.says_issuer or self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "id_token_signing_alg_values_supported": ["ES256", "RS256", "HS256"],
            }
        )

    async def _keys(self, _: web.Request) -> web.Response:
        return web.json_response({"keys": [self.key.as_dict(private=False)]})

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        challenge = create_s256_code_challenge(str(form["code_verifier"]))
        if form["code"] != "right" or challenge != self.requested["code_challenge"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": "overview",
            "sub": "u1",
            "iat": now,
            "exp": now + 60,
            "nonce": self.requested["nonce"],
            **self.claims,
        }
        header = {"alg": self.algorithm, "kid": "k1"}
        present = {name: value for name, value in claims.items() if value is not None}
        token = jwt.encode(header, present, self.signs_with, algorithms=[self.algorithm])
        return web.json_response(
            {"access_token": "a", "token_type": "Bearer", "id_token": token, "expires_in": 60}
        )


def serve(
    store: Store, folder: Path, talk: Callable[[Client, IdentityProvider], Awaitable[None]]
) -> None:
    """Serve the provider and the login routes, and run a test."""

    async def scenario() -> None:
        provider = IdentityProvider()
        async with TestServer(provider.app) as at:
            provider.issuer = f"http://127.0.0.1:{at.port}"
            settings = Settings(data=folder, oidc_issuer=provider.issuer, oidc_client="overview")
            sessions, audit = Sessions(settings), Audit(settings, store)
            app = web.Application(middlewares=[answer_problems])
            LoginHttp(settings, sessions, audit, REGISTER, LoginAttempts(settings)).add_to(app)
            OidcHttp(settings, sessions, audit, REGISTER).add_to(app)
            async with TestClient(TestServer(app)) as client:
                await talk(client, provider)

    asyncio.run(scenario())


async def log_in(
    client: Client, provider: IdentityProvider, code: str = "right"
) -> tuple[int, str]:
    """Go through the whole flow as a browser; return status and text of the last response."""
    begun = await client.get(BEGIN, allow_redirects=False)
    assert begun.status == 302
    sent = urlsplit(begun.headers["Location"])
    provider.requested = {name: values[0] for name, values in parse_qs(sent.query).items()}
    assert provider.requested["redirect_uri"].endswith(BACK)
    assert provider.requested["code_challenge_method"] == "S256"
    back = await client.get(
        BACK, params={"code": code, "state": provider.requested["state"]}, allow_redirects=False
    )
    return back.status, await back.text()


def test_a_person_of_the_provider_is_logged_in(store: Store, tmp_path: Path) -> None:
    """The session has role and unit of the claims, and the login is audited."""

    async def talk(client: Client, provider: IdentityProvider) -> None:
        assert (await (await client.get("/api/me")).json())["oidc"] is True
        logins: tuple[tuple[dict[str, Any], str, str], ...] = (
            (CLAIMS, "city", ""),
            ({**CLAIMS, "hub_role": ["someone", "unit"], "hub_unit": "U-T"}, "unit", "U-T"),
        )
        for claims, role, unit in logins:
            provider.claims = claims
            status, _ = await log_in(client, provider)
            assert status == 303
            me = await (await client.get("/api/me")).json()
            assert (me["name"], me["role"], me["unit"]) == ("李科长", role, unit)
            assert me["csrf"]
            assert me["has_password"] is False
        audited = store.rows("SELECT what, who, detail FROM audit")
        assert audited == [("login", "李科长", provider.issuer)] * 2

    serve(store, tmp_path, talk)


def test_a_session_of_the_provider_ends_as_any_other(store: Store, tmp_path: Path) -> None:
    """After logout the cookie is invalid; the password cannot be changed here."""

    async def talk(client: Client, provider: IdentityProvider) -> None:
        provider.claims = CLAIMS
        assert (await log_in(client, provider))[0] == 303
        (cookie,) = (cookie for cookie in client.session.cookie_jar if cookie.key == SESSION)
        me = await (await client.get("/api/me")).json()
        headers = {"X-CSRF-Token": me["csrf"], "Cookie": f"{SESSION}={cookie.value}"}
        body = {"old": "whatever it is", "new": "a long enough password"}
        changed = await client.post("/api/password", json=body, headers=headers)
        assert (changed.status, (await changed.json())["code"]) == (409, "password_elsewhere")
        assert (await client.post("/api/logout", json={}, headers=headers)).status == 200
        client.session.cookie_jar.clear()
        answer = await client.get("/api/me", headers=headers)
        assert (await answer.json())["role"] == "public"

    serve(store, tmp_path, talk)


def test_the_key_of_login_states_alone_opens_no_session(store: Store, tmp_path: Path) -> None:
    """With the key one can forge the state of a login, but not the provider's answer."""

    async def talk(client: Client, provider: IdentityProvider) -> None:
        provider.claims = CLAIMS
        box = Fernet((tmp_path / "oidc.key").read_bytes())
        forged = box.encrypt(b'{"state": "s", "nonce": "n", "verifier": "v"}').decode()
        provider.requested = {"code_challenge": "another", "nonce": "n"}
        back = await client.get(
            BACK, params={"code": "right", "state": "s"}, headers={"Cookie": f"hub_login={forged}"}
        )
        assert back.status == 401
        answer = await client.get("/api/me", headers={"Cookie": f"{SESSION}={forged}"})
        assert (await answer.json())["role"] == "public"

    serve(store, tmp_path, talk)


WRONG: dict[str, dict[str, Any]] = {
    "another audience": {"aud": "somebody-else"},
    "another issuer": {"iss": "http://127.0.0.1:9"},
    "too old": {"exp": 1},
    "nonce of another login": {"nonce": "x"},
    "no nonce": {"nonce": None},
    "no role": {"hub_role": "guest"},
    "no unit": {"hub_role": "unit"},
    "unknown unit": {"hub_role": "unit", "hub_unit": "nowhere"},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_wrong_claims_are_refused(store: Store, tmp_path: Path, wrong: dict[str, Any]) -> None:
    """An ID token with wrong claims opens no session, and the failure is audited."""

    async def talk(client: Client, provider: IdentityProvider) -> None:
        provider.claims = CLAIMS | wrong
        status, text = await log_in(client, provider)
        assert status == 401, text
        assert (await (await client.get("/api/me")).json())["role"] == "public"
        assert store.rows("SELECT what FROM audit") == [("login_failed",)]

    serve(store, tmp_path, talk)


def test_only_the_providers_own_key_signs(store: Store, tmp_path: Path) -> None:
    """A token signed with another key of the same id, a secret or another kind is refused."""
    signers: tuple[tuple[Any, str], ...] = (
        (ECKey.generate_key("P-256", {"kid": "k1"}), "ES256"),
        (OctKey.import_key("x" * 32, {"kid": "k1"}), "HS256"),
        (RSAKey.generate_key(2048, {"kid": "k1"}), "RS256"),
    )

    async def talk(client: Client, provider: IdentityProvider) -> None:
        provider.claims = CLAIMS
        for provider.signs_with, provider.algorithm in signers:
            status, text = await log_in(client, provider)
            assert status == 401, text
        provider.signs_with, provider.algorithm = provider.key, "ES256"
        assert (await log_in(client, provider, code="wrong"))[0] == 401
        assert (await log_in(client, provider))[0] == 303

    serve(store, tmp_path, talk)


def test_a_login_that_this_server_did_not_start_is_refused(store: Store, tmp_path: Path) -> None:
    """A callback with a wrong state, without a state or without the cookie gets 400."""

    async def talk(client: Client, provider: IdentityProvider) -> None:
        provider.claims = CLAIMS
        for state in ("", "another"):
            await client.get(BEGIN, allow_redirects=False)
            back = await client.get(BACK, params={"code": "right", "state": state})
            assert back.status == 400
        client.session.cookie_jar.clear()
        assert (await client.get(BACK, params={"code": "right", "state": "x"})).status == 400
        assert store.rows("SELECT count() FROM audit") == [(0,)]

    serve(store, tmp_path, talk)


def test_an_invalid_provider_is_refused(store: Store, tmp_path: Path) -> None:
    """A provider must use https, answer, and state the issuer of the settings."""
    with pytest.raises(OidcError, match="not https"):
        Provider(Settings(data=tmp_path, oidc_issuer="http://id.example.cn"))

    async def talk(client: Client, provider: IdentityProvider) -> None:
        provider.says_issuer = "https://another.example.cn"
        answer = await client.get(BEGIN, allow_redirects=False)
        assert (answer.status, (await answer.json())["code"]) == (503, "identity_away")
        provider.says_issuer = ""
        assert (await client.get(BEGIN, allow_redirects=False)).status == 302

    serve(store, tmp_path, talk)
