"""Makes a registered account an administrator: how the first one comes to be.

    python -m courtside.identity.first_admin UID

Needs the database, not a callable: whoever may write there may do everything anyway. It is audited.
"""

import sys

from courtside.actors import SYSTEM, Role
from courtside.config import settings
from courtside.db.pool import LazyPool
from courtside.db.system import run_as_system
from courtside.errors import Refusal
from courtside.identity.service import grant_role


def main(arguments: list[str]) -> int:
    """Grant the role; 0 when done, 1 when refused, 2 when called wrongly."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m courtside.identity.first_admin UID\n")
        return 2
    pool = LazyPool(settings())
    try:
        run_as_system(pool, "account.grant_role", lambda uow: grant_role(uow, arguments[0], Role.ADMIN))
    except Refusal as refusal:
        sys.stderr.write(f"{refusal.message} ({refusal.reason})\n")
        return 1
    finally:
        pool.close()
    sys.stdout.write(f"{arguments[0]} is an administrator now ({SYSTEM.uid}).\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
