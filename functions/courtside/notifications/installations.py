"""Apps and browsers that take pushes: whose each is, and by which token it is sent to.

An installation is whoever's is signed in on it. Who registers it under another account proves with its token that it is
in hand; its former owner is sent nothing more.
"""

from dataclasses import dataclass

from courtside.db.sql import Queries
from courtside.db.unit_of_work import UnitOfWork
from courtside.notifications.limits import EXPIRED_AFTER, MOST_INSTALLATIONS
from courtside.notifications.model import InstallationNotFound, InstallationTaken
from courtside.notifications.schemas import InstallationView, RefreshInstallation, RegisterInstallation

_QUERIES = Queries(__package__, "installations.sql")


@dataclass(frozen=True)
class _Installation:
    id: str
    user_id: str
    token: str
    state: str


def register(uow: UnitOfWork, command: RegisterInstallation) -> InstallationView:
    """Have pushes to the caller go there as well, and nobody else's.

    Raises:
        InstallationTaken: it is somebody else's, and the token is not the one that it has.
    """
    uow.list(_QUERIES["lock_token"], _Locked, token=command.token)
    known = uow.find(_QUERIES["find_installation"], _Installation, id=command.installation_id)
    if known and known.state == "active" and known.user_id != uow.actor.uid and known.token != command.token:
        raise InstallationTaken
    given = command.model_dump(mode="json", exclude={"command_id", "installation_id"})
    uow.execute(
        _QUERIES["save_installation"],
        id=command.installation_id,
        user_id=uow.actor.uid,
        now=uow.now,
        **given,
    )
    uow.execute(_QUERIES["release_token"], token=command.token, id=command.installation_id)
    uow.execute(_QUERIES["remove_surplus"], user_id=uow.actor.uid, most=MOST_INSTALLATIONS)
    _record(uow, command.installation_id, "active")
    return InstallationView(installation_id=command.installation_id, state="active")


def refresh(uow: UnitOfWork, command: RefreshInstallation) -> InstallationView:
    """Note that the app was used, and its new token if it has one.

    Raises:
        InstallationNotFound: the caller has no such installation, or no longer.
    """
    if command.token is not None:
        uow.list(_QUERIES["lock_token"], _Locked, token=command.token)
    known = _own(uow, command.installation_id)
    if known.state == "removed":
        raise InstallationNotFound
    given = command.model_dump(mode="json", exclude={"command_id", "installation_id"})
    refreshed = uow.find(_QUERIES["refresh_installation"], _Installation, id=known.id, now=uow.now, **given)
    assert refreshed is not None  # it is locked
    uow.execute(_QUERIES["release_token"], token=refreshed.token, id=known.id)
    _record(uow, known.id, refreshed.state)
    return InstallationView(installation_id=known.id, state=refreshed.state)


def remove(uow: UnitOfWork, installation_id: str) -> InstallationView:
    """Send nothing there any more; raises InstallationNotFound."""
    uow.execute(_QUERIES["remove_installation"], id=_own(uow, installation_id).id)
    _record(uow, installation_id, "removed")
    return InstallationView(installation_id=installation_id, state="removed")


def expire(uow: UnitOfWork) -> int:
    """End what was not used for long; how many."""
    return uow.execute(_QUERIES["expire_installations"], before=uow.now - EXPIRED_AFTER)


@dataclass(frozen=True)
class _Locked:
    pg_advisory_xact_lock: object


def _own(uow: UnitOfWork, installation_id: str) -> _Installation:
    known = uow.find(_QUERIES["find_installation"], _Installation, id=installation_id)
    if known is None or known.user_id != uow.actor.uid:
        raise InstallationNotFound
    return known


def _record(uow: UnitOfWork, installation_id: str, state: str) -> None:
    """Never the token: whoever holds it can be sent to."""
    uow.record(
        f"users/{uow.actor.uid}/notifications", None, {"installation": installation_id, "state": state}
    )
