"""The first administrator: the one fact of the studio that no command can make."""

import psycopg
from psycopg.conninfo import conninfo_to_dict

from courtside.actors import Role
from courtside.config import Settings
from courtside.db.pool import LazyPool
from courtside.db.system import run_as_system
from courtside.db.unit_of_work import read_snapshot
from courtside.identity.service import grant_role
from courtside.identity.store import list_users
from seed.errors import SuiteNotRunning


def ensure_admin(project: str, database_url: str, uid: str) -> bool:
    """Make a registered account an administrator; whether it was made one now.

    Raises:
        SuiteNotRunning: the database does not answer.
    """
    pool = LazyPool(Settings(project=project, database_url=database_url))
    try:
        if any(user.role == Role.ADMIN for user in read_snapshot(pool, lambda db: list_users(db, [uid]))):
            return False
        run_as_system(pool, "account.grant_role", lambda uow: grant_role(uow, uid, Role.ADMIN))
        return True
    except psycopg.OperationalError as error:
        place = conninfo_to_dict(database_url)
        raise SuiteNotRunning("Postgres", f"{place.get('host')}:{place.get('port')}") from error
    finally:
        pool.close()
