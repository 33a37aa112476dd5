"""Which of the seeded accounts to show to a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg

from local.auth import Account

_SHOWN = {"admin": 1, "trainer": 2, "client": 2}


@dataclass(frozen=True)
class DemoAccount:
    """An account with its role in the application."""

    role: str
    account: Account


def read_roles(database_url: str) -> dict[str, str]:
    """The role of every registered user, by uid."""
    with psycopg.connect(database_url) as connection:
        return dict(connection.execute("SELECT id, role FROM users WHERE blocked_at IS NULL").fetchall())


def choose(accounts: Sequence[Account], roles: Mapping[str, str]) -> list[DemoAccount]:
    """A few accounts of each role, the most powerful first, in the order of their addresses."""
    by_address = sorted(accounts, key=lambda account: account.email)
    return [
        DemoAccount(role, account)
        for role, count in _SHOWN.items()
        for account in [a for a in by_address if roles.get(a.uid) == role][:count]
    ]
