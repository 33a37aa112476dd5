"""The caller of a commit as the events of triggers with auth context name it."""

from emulator.core.errors import Unauthenticated
from emulator.service.callers import Caller
from emulator.service.identities import identify
from emulator.triggers.events import UNAUTHENTICATED, Principal


def principal_of(caller: Caller) -> Principal:
    """The owner as a service account, a user by uid, anyone else as unauthenticated."""
    try:
        identity = identify(caller.authorization)
    except Unauthenticated:
        return UNAUTHENTICATED
    if identity.is_owner:
        return Principal("service_account", "owner")
    return UNAUTHENTICATED if identity.uid is None else Principal("api_key", identity.uid)
