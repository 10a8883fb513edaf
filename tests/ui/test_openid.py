"""Signing in by OpenID Connect, against a provider that is served; and against one that lies."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import oidc_provider_mock
import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from store import accounts
from store.database import Database
from store.errors import Forbidden
from store.key import Role
from store.oidc_settings import OidcSettings
from tests.inference import house
from tests.ui import doorway
from tests.ui.doorway import LOOKING
from ui import tickets
from ui.openid import Provider

BACK = "http://testserver/login/callback"


def browser(database: Database, issuer: str, **oidc: Any) -> TestClient:
    settings = {"client_id": "desk", "default_role": "copywriter", "issuer": issuer, **oidc}
    return doorway.client(database, oidc=OidcSettings.model_validate(settings))


@contextmanager
def house_provider(*users: oidc_provider_mock.User) -> Iterator[str]:
    """A provider that knows only the clients that were registered with it."""
    known = {"require_client_registration": True, "require_nonce": True, "user_claims": users}
    with oidc_provider_mock.run_server_in_thread(**known) as server:
        yield f"http://localhost:{server.server_port}"


def registered(issuer: str) -> dict[str, str]:
    asked = {"redirect_uris": [BACK], "token_endpoint_auth_method": "client_secret_basic"}
    made = httpx.post(f"{issuer}/oauth2/clients", json=asked).raise_for_status().json()
    return {"client_id": made["client_id"], "client_secret": made["client_secret"]}


def at_provider(way: Any, sub: str) -> str:
    """What the provider sends the browser back to, once `sub` has signed in there."""
    assert way.status_code == 303, way.text
    return str(httpx.post(way.headers["location"], data={"sub": sub}).headers["location"])


@pytest.mark.slow
def test_a_provider_that_is_served_signs_people_in_with_their_role(database: Database) -> None:
    ada = oidc_provider_mock.User(
        sub="ada", claims={"name": "Ada Ek", "email": "ada@id.example", "groups": ["staff", "editors"]}
    )
    with house_provider(ada) as issuer:
        roles = {"role_claim": "groups", "roles": {"editors": "approver"}, "default_role": None}
        client = browser(database, issuer, **registered(issuer), **roles)
        assert client.get("/", headers=LOOKING).status_code == 303
        assert "Sign in with localhost" in client.get("/login").text
        back = at_provider(client.get("/login/openid?next=/%3Fcampaign%3D3"), "ada")
        answer = client.get(back)
        assert (answer.status_code, answer.headers["location"]) == (303, "/?campaign=3"), answer.text
        assert client.get("/").json()["name"] == "Ada Ek"
        with database.read() as session:
            (account,) = accounts.listed(session)
        assert (account.name, account.email, account.role) == ("Ada Ek", "ada@id.example", Role.APPROVER)
        assert account.issuer == issuer
        again = client.get(back)  # the code is used up, and so is the errand
        assert again.status_code == 403
        stranger = client.get(at_provider(client.get("/login/openid"), "eve"))
        assert stranger.status_code == 403
        assert "gives you no role here; serve.oidc.role_claim is groups" in stranger.text


@pytest.mark.slow
def test_a_secret_that_the_provider_does_not_know_is_named(database: Database) -> None:
    with house_provider(oidc_provider_mock.User(sub="ada")) as issuer:
        client = browser(database, issuer, **registered(issuer) | {"client_secret": "wrong"})
        answer = client.get(at_provider(client.get("/login/openid"), "ada"))
        assert answer.status_code == 403
        assert "serve.oidc.client_id: the provider refuses it" in answer.text
        assert "check client_id and client_secret" in answer.text
        assert "wrong" not in answer.text


def test_a_provider_that_is_not_there_is_named_with_the_remedy(database: Database) -> None:
    answer = browser(database, "http://127.0.0.1:9").get("/login/openid")
    assert answer.status_code == 503
    assert "serve.oidc.issuer: http://127.0.0.1:9 gives no answer that can be used" in answer.text
    assert "check the address" in answer.text


KEY = RSAKey.generate_key(2_048, parameters={"kid": "1"})
OTHER = RSAKey.generate_key(2_048, parameters={"kid": "1"})


@dataclass
class Liar:
    """A provider that says what a test has it say, after it has checked what was asked."""

    claims: dict[str, Any] = field(default_factory=dict)
    published: dict[str, Any] = field(default_factory=dict)
    key: Any = field(default_factory=lambda: KEY)
    alg: str = "RS256"
    url: str = ""
    asked: dict[str, str] = field(default_factory=dict)

    def discovery(self, _: Request) -> Response:
        found = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
        }
        return JSONResponse(found | self.published)

    def keys(self, _: Request) -> Response:
        return JSONResponse({"keys": [KEY.as_dict(private=False)]})

    async def token(self, request: Request) -> Response:
        async with request.form() as form:
            verifier = str(form["code_verifier"])
        digest = hashlib.sha256(verifier.encode()).digest()
        assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == self.asked["code_challenge"]
        moment = int(time.time())
        said = {"iss": self.url, "aud": "desk", "sub": "7", "iat": moment, "exp": moment + 60}
        said = {key: value for key, value in (said | {"nonce": self.asked["nonce"]} | self.claims).items() if value}
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": self.signed(said)})

    def signed(self, said: dict[str, Any]) -> str:
        if self.alg != "RS256":  # as who has our public key alone would sign, or nobody
            head = b".".join(base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in (
                {"alg": self.alg, "kid": "1"}, said))  # fmt: skip
            mark = hmac.digest(KEY.as_pem(private=False), head, hashlib.sha256) if self.alg == "HS256" else b""
            return f"{head.decode()}.{base64.urlsafe_b64encode(mark).decode().rstrip('=')}"
        return jwt.encode({"alg": self.alg, "kid": "1"}, said, self.key, algorithms=[self.alg])

    def back(self, way: Any) -> str:
        """Where the browser is sent back to; keeps what was asked."""
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(way.headers["location"]).query).items()}
        assert self.asked["code_challenge_method"] == "S256"
        assert (self.asked["response_type"], self.asked["redirect_uri"]) == ("code", BACK)
        return f"/login/callback?code=c&state={self.asked['state']}"


@pytest.fixture(scope="module")
def liar() -> Iterator[Liar]:
    """One that is served."""
    made = Liar()
    routes = [
        Route("/.well-known/openid-configuration", made.discovery),
        Route("/keys", made.keys),
        Route("/token", made.token, methods=["POST"]),
    ]
    with house.live(Starlette(routes=routes)) as url:
        made.url = url
        yield made


LIES: list[tuple[dict[str, Any], str]] = [
    ({"claims": {"nonce": "another"}}, "nonce"),
    ({"claims": {"nonce": None}}, "nonce"),
    ({"claims": {"aud": "another desk"}}, "aud"),
    ({"claims": {"iss": "https://evil.example"}}, "iss"),
    ({"claims": {"exp": 1}}, "expired"),
    ({"claims": {"sub": None}}, "sub"),
    ({"key": OTHER}, "signature"),
    ({"alg": "none", "published": {"id_token_signing_alg_values_supported": ["none", "RS256"]}}, ""),
    ({"alg": "HS256", "published": {"id_token_signing_alg_values_supported": ["HS256", "RS256"]}}, ""),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("lie", "says"), LIES)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_token_that_cannot_be_trusted_signs_nobody_in(
    database: Database, liar: Liar, lie: dict[str, Any], says: str
) -> None:
    for name, value in {"claims": {}, "published": {}, "key": KEY, "alg": "RS256", **lie}.items():
        setattr(liar, name, value)
    client = browser(database, liar.url)
    answer = client.get(liar.back(client.get("/login/openid")))
    assert answer.status_code == 403
    assert "serve.oidc.issuer: its token cannot be trusted" in answer.text
    assert says in answer.text
    assert tickets.VISIT not in client.cookies
    with database.read() as session:
        assert accounts.listed(session) == []


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_honest_one_signs_in_and_an_answer_to_another_try_does_not(database: Database, liar: Liar) -> None:
    for name, value in {"claims": {}, "published": {}, "key": KEY, "alg": "RS256"}.items():
        setattr(liar, name, value)
    client, other = browser(database, liar.url), browser(database, liar.url)
    theirs = liar.back(other.get("/login/openid"))
    back = liar.back(client.get("/login/openid"))
    for wrong in (theirs, "/login/callback?code=c", "/login/callback", f"{back}x"):
        assert client.get(wrong).status_code == 403
    assert "begin again" in client.get(f"{back.replace('code=c', 'error=access_denied')}").text
    assert client.get(back).status_code == 303
    assert client.get("/").json()["name"] == "7"
    assert doorway.client(database).get(back).status_code == 403  # without the errand


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_provider_of_another_name_is_not_taken_for_it(database: Database, liar: Liar) -> None:
    liar.published = {"issuer": "https://evil.example"}
    answer = browser(database, liar.url).get("/login/openid")
    assert answer.status_code == 503
    assert "serve.oidc.issuer: calls itself &#39;https://evil.example&#39; there; set it to just that" in answer.text


@pytest.mark.parametrize(
    ("said", "role"),
    [
        ("admin", Role.ADMIN),
        (["staff", "writers"], Role.COPYWRITER),
        (["copywriter", "approver"], Role.APPROVER),
        (["service"], None),
        ([], None),
        (None, None),
        ({"admin": True}, None),
    ],
)
def test_the_role_is_the_strongest_that_the_claim_names_else_the_default(said: Any, role: Role | None) -> None:
    settings = {"issuer": "https://id", "client_id": "x", "role_claim": "groups", "roles": {"writers": "copywriter"}}
    provider = Provider(OidcSettings.model_validate(settings))
    claims = {"sub": "1", "groups": said}
    if role is None:
        with pytest.raises(Forbidden, match="gives you no role here"):
            provider.role(claims)
    else:
        assert provider.role(claims) is role
    lenient = Provider(OidcSettings.model_validate({**settings, "default_role": "copywriter"}))
    assert lenient.role(claims) is (role or Role.COPYWRITER)
