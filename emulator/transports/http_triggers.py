"""The endpoint at which a functions host registers its triggers."""

import re
from urllib.parse import parse_qs, unquote

from emulator.core.errors import Unimplemented
from emulator.transports.http_server import Reply, Request, json_reply
from emulator.triggers.registrations import parse_registration
from emulator.triggers.triggers import Triggers

_EVENTARC = re.compile(r"/emulator/v1/projects/([^/]+)/eventarcTrigger/?")
_FIRST_GENERATION = re.compile(r"/emulator/v1/projects/[^/]+/triggers/.*")


def administer_triggers(triggers: Triggers, request: Request) -> Reply | None:
    """The reply to a request about triggers: GET lists them, POST registers one; None for other requests.

    InvalidArgument or FailedPrecondition for a trigger that cannot be served.
    """
    if _FIRST_GENERATION.fullmatch(request.path):
        raise Unimplemented("triggers of 1st generation functions are not supported by this emulator")
    match = _EVENTARC.fullmatch(request.path)
    if match is None or request.method not in ("GET", "POST"):
        return None
    project = unquote(match[1])
    if request.method == "GET":
        return json_reply(triggers.report(project))
    ids = parse_qs(request.query).get("eventarcTriggerId", [""])
    triggers.register(parse_registration(project, ids[0], request.body))
    return json_reply({})
