"""Makes a registered account an administrator: how the first one comes to be.

    python -m courtside.identity.first_admin UID|E-MAIL

Needs the database, not a callable: whoever may write there may do everything anyway. It is audited. An e-mail address
is found if its owner has proved it. Rules and Firebase Auth are told by the relay.
"""

import sys

from courtside.actors import Role
from courtside.config import settings
from courtside.db.pool import LazyPool
from courtside.db.system import run_as_system
from courtside.db.unit_of_work import UnitOfWork
from courtside.errors import Refusal
from courtside.identity.model import UserNotFound
from courtside.identity.service import grant_role
from courtside.identity.store import list_users_by_email


def main(arguments: list[str]) -> int:
    """Grant the role; 0 when done, 1 when refused, 2 when called wrongly."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m courtside.identity.first_admin UID|E-MAIL\n")
        return 2
    pool = LazyPool(settings())
    try:
        user_id = run_as_system(pool, "account.grant_role", lambda uow: _grant(uow, arguments[0]))
    except Refusal as refusal:
        sys.stderr.write(f"{refusal.message} ({refusal.reason})\n")
        return 1
    finally:
        pool.close()
    sys.stdout.write(f"{user_id} is an administrator now; apps see it once they refresh their token.\n")
    return 0


def _grant(uow: UnitOfWork, person: str) -> str:
    user_id = _by_email(uow, person) if "@" in person else person
    grant_role(uow, user_id, Role.ADMIN)
    return user_id


def _by_email(uow: UnitOfWork, email: str) -> str:
    found = list_users_by_email(uow, email)
    if len(found) != 1:
        raise UserNotFound("No account has proved this address, or several have: name it by its uid.")
    return found[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
