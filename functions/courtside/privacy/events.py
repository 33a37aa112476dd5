"""What happens to people's data."""

from dataclasses import dataclass

from courtside.events import Event


@dataclass(frozen=True, kw_only=True)
class AccountDeleted(Event):
    """An account is no more: from now on its id leads to nobody."""

    name = "account.deleted.v1"
    user_id: str
