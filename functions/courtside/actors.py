"""Who acts: the roles of the domain and the actor that a unit of work carries."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What an account may be; a visitor has no account, a newcomer is signed in but not registered yet."""

    CLIENT = "client"
    TRAINER = "trainer"
    ADMIN = "admin"
    SUPPORT = "support"


@dataclass(frozen=True)
class Actor:
    """The caller of a command; `role` is None until the account is registered, `email` unless it is proved."""

    uid: str
    role: Role | None
    email: str | None = None

    @property
    def is_admin(self) -> bool:
        return self.role is Role.ADMIN

    @property
    def reads_all(self) -> bool:
        """Support sees what admins see, and changes nothing of it."""
        return self.role in (Role.ADMIN, Role.SUPPORT)


# What the system does by itself: schedules, migrations of data, the first admin.
SYSTEM = Actor("system", Role.ADMIN)
