"""Whose tokens are taken: the issuers that this system trusts, as its operator configures them."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    SecretStr,
    StringConstraints,
    Tag,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from courtside.config import Misconfigured
from courtside.identity.federation.strict_json import read_json
from courtside.outgoing import require_callable

KEY_ID_SHAPE = r"[A-Za-z0-9._~=+/:-]{1,128}"

KeyId = Annotated[str, StringConstraints(pattern=f"^{KEY_ID_SHAPE}$")]
ClaimText = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,255}$")]
PublicKeyAlgorithm = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"
]
SecretAlgorithm = Literal["HS256", "HS384", "HS512"]
# A secret is at least as long as what the hash gives (RFC 7518, section 3.2).
_SECRET_BYTES: Mapping[str, int] = {"HS256": 32, "HS384": 48, "HS512": 64}


class Replay(StrEnum):
    """How often one token may be exchanged before it expires."""

    ALLOWED = "allowed"
    ONCE = "once"


def _require_callable(url: str) -> str:
    require_callable(url)
    return url


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class KeySet(_Part):
    """Public keys that the issuer publishes as a JWK set; it keeps the private ones."""

    jwks_url: Annotated[str, StringConstraints(max_length=500), AfterValidator(_require_callable)]
    algorithms: Annotated[tuple[PublicKeyAlgorithm, ...], Field(min_length=1)]


class SharedSecrets(_Part):
    """Secrets that the issuer and we both know, by the `kid` of the tokens that they sign."""

    secrets: Annotated[dict[KeyId, SecretStr], Field(min_length=1)]
    algorithms: Annotated[tuple[SecretAlgorithm, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _require_sound_secrets(self) -> "SharedSecrets":
        texts = [secret.get_secret_value() for secret in self.secrets.values()]
        least = max(_SECRET_BYTES[algorithm] for algorithm in self.algorithms)
        if any(len(text.encode()) < least for text in texts):
            raise ValueError(f"a secret is shorter than {least} bytes")
        if any(text.startswith("-----BEGIN") for text in texts):
            raise ValueError("a secret is half of a key pair, which anybody may know")
        return self


def _kind_of_keys(value: Any) -> str:
    return "secrets" if isinstance(value, dict) and "secrets" in value else "jwks_url"


class Issuer(_Part):
    """A host application. Its keys are of one kind, so no public key is ever taken for a shared secret."""

    # Ours, for logs and for what its people's tokens say; `iss` and `aud` are what its own tokens say.
    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
    iss: ClaimText
    aud: ClaimText
    keys: Annotated[
        Annotated[KeySet, Tag("jwks_url")] | Annotated[SharedSecrets, Tag("secrets")],
        Discriminator(_kind_of_keys),
    ]
    # None: `JWT`, or nothing. Anything else tells these tokens from others that the issuer signs.
    typ: ClaimText | None = None
    max_age_seconds: Annotated[int, Field(ge=30, le=3_600)] = 300
    leeway_seconds: Annotated[int, Field(ge=0, le=60)] = 10
    replay: Replay = Replay.ALLOWED
    link_by_email: bool = False
    admits_staff: bool = False


Issuers = Mapping[str, Issuer]
_ISSUERS = TypeAdapter(Annotated[tuple[Issuer, ...], Field(max_length=50)])
_FIELD = re.compile(r"[a-z_]{1,20}")


def read_issuers(text: str) -> Issuers:
    """Issuers by their `iss`, from the setting's JSON: a list of `Issuer`.

    Raises:
        Misconfigured: with the place of each fault and nothing of the values, which may be secrets.
    """
    try:
        read_json(text.encode())
        issuers = _ISSUERS.validate_json(text, strict=True)
    except ValidationError as error:
        faults = (f"{_place(fault['loc'])}: {fault['msg']}" for fault in error.errors(include_input=False))
        raise Misconfigured(f"EXCHANGE_ISSUERS: {'; '.join(faults)}") from None
    except ValueError as error:
        # What JSON's own errors quote may be a secret.
        raise Misconfigured(f"EXCHANGE_ISSUERS is not JSON: {type(error).__name__}") from None
    _require_distinct("id", [issuer.id for issuer in issuers])
    _require_distinct("iss", [issuer.iss for issuer in issuers])
    return {issuer.iss: issuer for issuer in issuers}


def _place(location: tuple[int | str, ...]) -> str:
    """Where a fault is, by what looks like a name of ours: a secret in the wrong place may be a name as well."""
    return (
        ".".join(str(part) for part in location if isinstance(part, int) or _FIELD.fullmatch(part)) or "(all)"
    )


def _require_distinct(name: str, values: list[str]) -> None:
    if len(set(values)) != len(values):
        raise Misconfigured(f"EXCHANGE_ISSUERS: two issuers have the same {name}")
