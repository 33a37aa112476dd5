"""Authorization that does without the rules engine, which takes a while to import, until somebody is held to rules."""

from functools import cache

from emulator.core.access import UNRESTRICTED, Access
from emulator.core.database import Database
from emulator.permissions.rulebook import Rulebook
from emulator.service.authorizers import Authorizer
from emulator.service.callers import Caller
from emulator.service.identities import identify


def authorizer(rulebook: Rulebook, *, explain: bool) -> Authorizer:
    """Holds callers to the rules in force; servers, which call as the owner, are not."""

    @cache
    def by_rules() -> Authorizer:
        from emulator.permissions.access import authorize_by_rules

        return authorize_by_rules(rulebook, explain=explain)

    def authorize(caller: Caller, database: Database) -> Access:
        if identify(caller.authorization).is_owner:
            return UNRESTRICTED
        return by_rules()(caller, database)

    return authorize
