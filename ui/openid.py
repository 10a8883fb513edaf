"""An OpenID Connect provider that vouches for people: authorisation code with PKCE, state and nonce."""

from collections.abc import Mapping
from typing import Any

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import StarletteOAuth2App
from joserfc.errors import JoseError

from store import accounts
from store.account import Account, DeskRole
from store.database import Database
from store.errors import Forbidden, InputError, Problem, StoreError, shown
from store.key import Role
from store.oidc_settings import OidcSettings
from ui.tickets import Errand

SECONDS = 10.0  # that the provider may take for an answer
SIGNED = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
PLACE = "serve.oidc"

# Of several roles that a claim has, the first of these.
STRONGEST: tuple[DeskRole, ...] = (Role.ADMIN, Role.APPROVER, Role.COPYWRITER)


class Provider:
    """The provider that settings name. What it publishes of itself is read when it is first needed, and kept."""

    def __init__(self, settings: OidcSettings) -> None:
        self.settings = settings
        secret = settings.client_secret.get_secret_value()
        options = {"scope": "openid profile email", "code_challenge_method": "S256", "timeout": SECONDS}
        if not secret:
            options["token_endpoint_auth_method"] = "none"  # noqa: S105 - a method's name
        self._app = StarletteOAuth2App(
            None,
            name="desk",
            client_id=settings.client_id,
            client_secret=secret or None,
            server_metadata_url=f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs=options,
        )

    async def address(self, errand: Errand, callback: str) -> str:
        """Where to send somebody who wants to sign in. Raises StoreError where the provider does not answer."""
        await self._published()
        words = {"state": errand.derived("state"), "nonce": errand.derived("nonce")}
        made = await self._app.create_authorization_url(callback, **words, code_verifier=errand.derived("verifier"))
        return str(made["url"])

    async def vouch(self, errand: Errand, callback: str, answered: Mapping[str, str]) -> dict[str, Any]:
        """What the provider says of who came back, with what `answered` in the address.

        Raises Forbidden where it refused them, or the answer is not one to what was asked; InputError, with the
        setting, where it refuses us or its word cannot be trusted; StoreError where it does not answer.
        """
        if not errand.matches("state", answered.get("state", "")):
            raise Forbidden("this answer belongs to another try to sign in; begin again")
        if "error" in answered or "code" not in answered:
            raise Forbidden(f"the provider let nobody in ({shown(answered.get('error', 'no code'))}); begin again")
        await self._published()
        try:
            token = await self._app.fetch_access_token(
                callback, code=answered["code"], code_verifier=errand.derived("verifier")
            )
            return await self._claims(token, errand.derived("nonce"))
        except httpx2.HTTPError as error:
            raise self._silent(error) from None
        except JoseError as error:
            raise InputError(Problem(f"{PLACE}.issuer", f"its token cannot be trusted: {error}")) from None
        except AuthlibBaseError as error:
            refused = f"the provider refuses it: {error}; check client_id and client_secret"
            raise InputError(Problem(f"{PLACE}.client_id", refused)) from None

    def account(self, database: Database, claims: Mapping[str, Any]) -> Account:
        """The account of who the claims are about. Raises Forbidden where they have no role here or are disabled."""
        subject, email = str(claims["sub"]), str(claims.get("email") or "")
        names = (claims.get(key) for key in ("name", "preferred_username", "email", "sub"))
        name = next(str(each).strip() for each in names if each and str(each).strip())
        role = self.role(claims)
        with database.write() as session:
            return accounts.vouched(session, self.settings.issuer, subject, name=name, email=email, role=role)

    def role(self, claims: Mapping[str, Any]) -> DeskRole:
        """The role that the claims give, or the default one. Raises Forbidden where there is neither."""
        said = claims.get(self.settings.role_claim) if self.settings.role_claim else None
        values = said if isinstance(said, list) else [said]
        meant = {self.settings.roles.get(str(value), str(value)) for value in values}
        for role in STRONGEST:
            if role in meant:
                return role
        if self.settings.default_role is None:
            raise Forbidden(f"the provider gives you no role here; {PLACE}.role_claim is {self.settings.role_claim}")
        return self.settings.default_role

    async def _claims(self, token: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """The claims of the ID token, checked (OpenID Connect Core 1.0, section 3.1.3.7), and what else it tells."""
        if "id_token" not in token:
            raise InputError(Problem(f"{PLACE}.issuer", "sent no ID token; check that it speaks OpenID Connect"))
        expected = {
            "iss": {"essential": True, "value": self._app.server_metadata["issuer"]},
            "aud": {"essential": True, "value": self.settings.client_id},
            "sub": {"essential": True},
            "exp": {"essential": True},
            "nonce": {"essential": True, "value": nonce},
        }
        claims = dict(await self._app.parse_id_token(token, nonce=nonce, claims_options=expected))
        if "userinfo_endpoint" in self._app.server_metadata:
            more = dict(await self._app.userinfo(token=token))
            claims = {**more, **claims} if more.get("sub") == claims["sub"] else claims  # section 5.3.2
        return claims

    async def _published(self) -> None:
        """Read what the provider publishes of itself, once. Raises InputError, StoreError."""
        try:
            found = await self._app.load_server_metadata()
        except (httpx2.HTTPError, ValueError) as error:
            raise self._silent(error) from None
        if str(found.get("issuer", "")).rstrip("/") != self.settings.issuer.rstrip("/"):
            found.pop("_loaded_at")
            problem = f"calls itself {shown(found.get('issuer'))} there; set it to just that"
            raise InputError(Problem(f"{PLACE}.issuer", problem))
        signed = SIGNED & set(found.get("id_token_signing_alg_values_supported") or ["RS256"])
        found["id_token_signing_alg_values_supported"] = sorted(signed)  # never `none`, nor what needs a shared secret

    def _silent(self, error: Exception) -> StoreError:
        what = str(error).partition("\n")[0] or type(error).__name__
        remedy = "check the address, and that this server can reach it"
        return StoreError(f"{PLACE}.issuer: {self.settings.issuer} gives no answer that can be used ({what}); {remedy}")
