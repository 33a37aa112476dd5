"""What the emulator answers over HTTP: that it is there, and the administration of its databases."""

import re
from http import HTTPStatus
from urllib.parse import unquote

from emulator.core.paths import DatabaseName
from emulator.service.service import Service
from emulator.transports.http_admin import administer
from emulator.transports.http_server import Reply, Request, error_reply, json_reply

_CLEAR = re.compile(r"/emulator/v1/projects/([^/]+)/databases/([^/]+)/documents/?")


class Routes:
    """The HTTP face of an emulator's databases."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, request: Request) -> Reply:
        """The reply to a request; what is not supported says so by name."""
        if request.path == "/" and request.method in ("GET", "HEAD"):
            return Reply(body=b"Ok\n")
        match = _CLEAR.fullmatch(unquote(request.path))
        if match and request.method == "DELETE":
            self._service.databases.clear(DatabaseName(match[1], match[2]))
            return json_reply({})
        administered = administer(self._service, request)
        if administered is not None:
            return administered
        feature = f"{request.method} {request.path}"
        return error_reply(
            HTTPStatus.NOT_IMPLEMENTED, "UNIMPLEMENTED", f"{feature} is not supported by this emulator"
        )
