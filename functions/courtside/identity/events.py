"""What happens to accounts."""

from dataclasses import dataclass

from courtside.events import Event


@dataclass(frozen=True, kw_only=True)
class UserRegistered(Event):
    """An account was made."""

    name = "user.registered.v1"
    user_id: str
    display_name: str


@dataclass(frozen=True, kw_only=True)
class AccountUpdated(Event):
    """An account says something else of its person; `renamed` if others see it too."""

    name = "account.updated.v1"
    user_id: str
    renamed: bool
