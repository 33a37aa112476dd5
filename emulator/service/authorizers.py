"""Who decides what callers may do."""

from collections.abc import Callable

from emulator.core.access import UNRESTRICTED, Access
from emulator.core.database import Database
from emulator.service.callers import Caller

Authorizer = Callable[[Caller, Database], Access]
"""What a caller may do in a database; Unauthenticated if his credentials cannot be read."""


def allow_all(caller: Caller, database: Database) -> Access:
    """Everybody may do everything."""
    return UNRESTRICTED
