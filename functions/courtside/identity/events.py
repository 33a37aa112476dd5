"""What happens to accounts."""

from dataclasses import dataclass

from courtside.events import Event


@dataclass(frozen=True, kw_only=True)
class UserRegistered(Event):
    """An account was made."""

    name = "user.registered.v1"
    user_id: str
    display_name: str
