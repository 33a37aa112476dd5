"""Accounts: their data, and why a registration can be refused."""

from dataclasses import dataclass
from datetime import datetime

from courtside.errors import Code, Refusal


class AlreadyRegistered(Refusal):
    """This account is registered already."""

    code = Code.ALREADY_EXISTS
    reason = "ALREADY_REGISTERED"


class UserNotFound(Refusal):
    """There is no such account."""

    code = Code.NOT_FOUND
    reason = "USER_NOT_FOUND"


class LastAdmin(Refusal):
    """This is the only administrator: make another one first."""

    reason = "LAST_ADMIN"


class NothingToChange(Refusal):
    """It is so already."""

    reason = "NOTHING_TO_CHANGE"


@dataclass(frozen=True)
class User:
    """A person with an account; `id` is the uid that the sign-in gave. Sign-ins before `tokens_valid_from` are void."""

    id: str
    role: str
    display_name: str
    locale: str
    time_zone: str
    created_at: datetime
    blocked: bool
    tokens_valid_from: datetime | None
