"""What the emulator answers over HTTP: that it is there, and the administration of its databases."""

import re
from http import HTTPStatus

from emulator.core.errors import FirestoreError
from emulator.core.rpc.table import SERVICE
from emulator.permissions.rulebook import Rulebook
from emulator.service.service import Service
from emulator.transports.cross_origin import allow_origin, is_preflight, preflight_reply
from emulator.transports.http_admin import administer
from emulator.transports.http_documents import serve_documents
from emulator.transports.http_exports import serve_export
from emulator.transports.http_rules import administer_rules
from emulator.transports.http_server import Reply, Request, error_reply
from emulator.transports.http_triggers import administer_triggers
from emulator.transports.rest.serving import refusal_reply, serve_rest
from emulator.transports.webchannel.channels import Channels
from emulator.triggers.triggers import Triggers

_CHANNEL = re.compile(rf"/{re.escape(SERVICE)}/(Listen|Write)/channel/?")


class Routes:
    """The HTTP face of an emulator's databases."""

    def __init__(self, service: Service, triggers: Triggers, rulebook: Rulebook) -> None:
        self._service = service
        self._triggers = triggers
        self._rulebook = rulebook
        self.channels = Channels(service)

    async def __call__(self, request: Request) -> Reply:
        """The reply to a request, for pages of any origin; what is not supported says so by name."""
        reply = preflight_reply(request) if is_preflight(request) else await self._reply(request)
        return allow_origin(request, reply)

    async def _reply(self, request: Request) -> Reply:
        channel = _CHANNEL.fullmatch(request.path)
        if channel is not None:
            return self.channels.serve(channel[1], request)
        try:
            return (
                await serve_rest(self._service, request)
                or await serve_documents(self._service, request)
                or await serve_export(self._service, request)
                or self._administer(request)
            )
        except FirestoreError as refusal:
            return refusal_reply(refusal)

    def _administer(self, request: Request) -> Reply:
        if request.path == "/" and request.method in ("GET", "HEAD"):
            return Reply(body=b"Ok\n")
        administered = (
            administer(self._service, request)
            or administer_triggers(self._triggers, request)
            or administer_rules(self._rulebook, request)
        )
        if administered is not None:
            return administered
        feature = f"{request.method} {request.path}"
        return error_reply(
            HTTPStatus.NOT_IMPLEMENTED, "UNIMPLEMENTED", f"{feature} is not supported by this emulator"
        )
