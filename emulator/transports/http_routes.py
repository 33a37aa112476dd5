"""What the emulator answers over HTTP: that it is there, and the administration of its databases."""

import re
from http import HTTPStatus
from urllib.parse import unquote

from emulator.core.databases import Databases
from emulator.core.paths import DatabaseName
from emulator.transports.http_server import Reply, Request, json_reply

_CLEAR = re.compile(r"/emulator/v1/projects/([^/]+)/databases/([^/]+)/documents/?")


def error_reply(status: HTTPStatus, code: str, message: str) -> Reply:
    """An error in the form of Google's APIs."""
    return json_reply({"error": {"code": int(status), "message": message, "status": code}}, status)


class Routes:
    """The HTTP face of an emulator's databases."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases

    async def __call__(self, request: Request) -> Reply:
        """The reply to a request; what is not supported says so by name."""
        if request.path == "/" and request.method in ("GET", "HEAD"):
            return Reply(body=b"Ok\n")
        match = _CLEAR.fullmatch(unquote(request.path))
        if match and request.method == "DELETE":
            self._databases.clear(DatabaseName(match[1], match[2]))
            return json_reply({})
        feature = f"{request.method} {request.path}"
        return error_reply(
            HTTPStatus.NOT_IMPLEMENTED, "UNIMPLEMENTED", f"{feature} is not supported by this emulator"
        )
