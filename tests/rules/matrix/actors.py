"""Who asks: the tokens of the actors, and what `access/{uid}` says of each."""

from dataclasses import dataclass
from typing import Any

from tests.rules.matrix.moments import Moment

SIGNED_IN_SECONDS = 1_700_000_000
"""When everybody signed in, in seconds since 1970: the claim `auth_time`."""


@dataclass(frozen=True, eq=False)
class Actor:
    """A caller: the claims of its token (None without one), and its document in `access` (None without an account)."""

    name: str
    claims: dict[str, Any] | None
    access: dict[str, Any] | None


def _registered(name: str, role: str, *, blocked: bool = False, valid_from: int | None = None) -> Actor:
    access = {
        "role": role,
        "blocked": blocked,
        "tokens_valid_from_at": None if valid_from is None else Moment(valid_from),
        "version": 1,
    }
    return Actor(name, {"auth_time": SIGNED_IN_SECONDS, "role": role}, access)


ACTORS = (
    Actor("visitor", None, None),
    Actor("newcomer", {"auth_time": SIGNED_IN_SECONDS, "role": "admin"}, None),
    _registered("cleo", "client"),
    _registered("dora", "client"),
    _registered("ana", "trainer"),
    _registered("ben", "trainer", valid_from=SIGNED_IN_SECONDS),
    _registered("admin", "admin"),
    _registered("support", "support"),
    _registered("blocked", "admin", blocked=True),
    _registered("revoked", "admin", valid_from=SIGNED_IN_SECONDS + 1),
)
NAMES = tuple(actor.name for actor in ACTORS)
GROUPS = {
    "everyone": frozenset(NAMES),
    "nobody": frozenset[str](),
    "staff": frozenset({"admin", "support"}),
    "trainers": frozenset({"ana", "ben"}),
}


def named(words: str) -> frozenset[str]:
    """The actors of a cell: their names and those of groups, between spaces; KeyError for anything else."""
    single = {name: frozenset({name}) for name in NAMES}
    return frozenset().union(*((single | GROUPS)[word] for word in words.split()))
