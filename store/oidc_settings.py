"""The settings of an OpenID Connect provider."""

from typing import Annotated

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from store.account import DeskRole
from store.noun import Noun


class OidcSettings(Noun):
    """A provider that vouches for people at the desk; none where `issuer` is empty."""

    issuer: Annotated[str, Field(pattern=r"^(https?://[^\s?#]+)?$")] = ""
    """Its address, as its discovery document has it: `https://id.example.com/realms/house`."""
    client_id: Annotated[str, Field(validate_default=True)] = ""
    client_secret: SecretStr = SecretStr("")
    """Empty for a client that has none."""
    role_claim: str = ""
    """The claim with somebody's role, or a list that has it among other things."""
    roles: dict[str, DeskRole] = {}
    """What the claim's values stand for; where nothing is said, they are the roles' own names."""
    default_role: Annotated[DeskRole | None, Field(validate_default=True)] = None
    """The role of whom the claim gives none; where nothing is said, they are not let in."""

    @field_validator("client_id")
    @classmethod
    def _known_by_something(cls, client_id: str, info: ValidationInfo) -> str:
        if info.data.get("issuer") and not client_id:
            raise ValueError("is missing; set it to what the provider knows this desk by")
        return client_id

    @field_validator("default_role")
    @classmethod
    def _lets_somebody_in(cls, role: DeskRole | None, info: ValidationInfo) -> DeskRole | None:
        if info.data.get("issuer") and not info.data.get("role_claim") and role is None:
            raise ValueError("is missing, and so is role_claim; set one of them, or nobody could be let in")
        return role
