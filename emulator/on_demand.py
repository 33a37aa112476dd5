"""Parts that are imported by the first who needs them, since importing them takes a third of the start-up time."""

import asyncio
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from emulator.core.access import UNRESTRICTED, Access
from emulator.core.database import Database
from emulator.permissions.rulebook import Rulebook
from emulator.service.authorizers import Authorizer
from emulator.service.callers import Caller
from emulator.service.identities import identify
from emulator.service.service import Service

if TYPE_CHECKING:
    from emulator.transports.http_routes import Routes
    from emulator.triggers.triggers import Triggers


def http_connections(
    service: Service, triggers: "Triggers", rulebook: Rulebook
) -> Callable[[], asyncio.Protocol]:
    """Makes the server's side of HTTP connections: REST, WebChannel and administration."""

    @cache
    def routes() -> "Routes":
        from emulator.transports.http_routes import Routes

        return Routes(service, triggers, rulebook)

    def connection() -> asyncio.Protocol:
        from emulator.transports.http_server import HttpConnection

        return HttpConnection(routes())

    return connection


def authorizer(rulebook: Rulebook, *, explain: bool) -> Authorizer:
    """Holds callers to security rules; servers, which call as the owner, do without the rules engine."""

    @cache
    def by_rules() -> Authorizer:
        from emulator.permissions.access import authorize_by_rules

        return authorize_by_rules(rulebook, explain=explain)

    def authorize(caller: Caller, database: Database) -> Access:
        if identify(caller.authorization).is_owner:
            return UNRESTRICTED
        return by_rules()(caller, database)

    return authorize
