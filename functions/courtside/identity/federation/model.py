"""What a host application says of a person, the account that is meant, and why either can be refused."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from courtside.errors import Code, Refusal, TokenRefused
from courtside.identity.federation.issuers import Issuer


class Problem(StrEnum):
    """All that is ever told of what is wrong with a token; who did not sign it learns only of its outside."""

    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    UNKNOWN_ISSUER = "unknown_issuer"
    BAD_SIGNATURE = "bad_signature"
    WRONG_AUDIENCE = "wrong_audience"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    REPLAYED = "replayed"


def refused(problem: Problem) -> TokenRefused:
    """The refusal of a host application's token: one word, and nothing of the token."""
    return TokenRefused("The host application's token was refused.", problem=problem.value)


class StaffNotAdmitted(Refusal):
    """Administrators and support sign in directly, not through this application."""

    code = Code.PERMISSION_DENIED
    reason = "STAFF_NOT_ADMITTED"


@dataclass(frozen=True)
class Assertion:
    """Who somebody is to an issuer, verified; `email` only if it is proved, `token_id` only if it counts."""

    issuer: Issuer
    subject: str
    issued_at: datetime
    usable_until: datetime
    email: str | None
    token_id: str | None

    @property
    def issuer_id(self) -> str:
        return self.issuer.id


@dataclass(frozen=True)
class HostedAccount:
    """The account that a person of an issuer has; without a role while it is not registered."""

    user_id: str
    role: str | None
    blocked: bool
    deleted: bool
    tokens_valid_from: datetime | None
