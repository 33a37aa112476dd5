"""The emulator's own endpoints for tests and tools: faults and meter."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from emulator.core.errors import InvalidArgument
from emulator.service.fault_rules import faults_as_json, parse_rules
from emulator.service.service import KNOWN_RPCS, Service
from emulator.transports.http_server import Reply, Request, error_reply, json_reply

FAULTS_PATH = "/emulator/v1/faults"
METER_PATH = "/emulator/v1/meter"


def administer(service: Service, request: Request) -> Reply | None:
    """The reply to an administrative request, None if the request is of another kind."""
    methods = _ENDPOINTS.get(request.path)
    if methods is None:
        return None
    serve = methods.get(request.method)
    if serve is None:
        allowed = ", ".join(methods)
        return error_reply(
            HTTPStatus.METHOD_NOT_ALLOWED, "UNIMPLEMENTED", f"{request.path} understands {allowed}"
        )
    return json_reply(serve(service, request.body))


def _show_faults(service: Service, body: bytes) -> dict[str, Any]:
    return faults_as_json(service.faults)


def _set_faults(service: Service, body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except ValueError as error:
        raise InvalidArgument(f"the body is not JSON: {error}") from None
    rules, seed = parse_rules(content, KNOWN_RPCS)
    service.faults.arm(rules, seed)
    return faults_as_json(service.faults)


def _clear_faults(service: Service, body: bytes) -> dict[str, Any]:
    service.faults.arm([])
    return {}


def _show_meter(service: Service, body: bytes) -> dict[str, Any]:
    return service.meter.report()


def _reset_meter(service: Service, body: bytes) -> dict[str, Any]:
    """The counts until now, which start again from zero."""
    report = service.meter.report()
    service.meter.reset()
    return report


_Endpoint = Callable[[Service, bytes], dict[str, Any]]
_ENDPOINTS: dict[str, dict[str, _Endpoint]] = {
    FAULTS_PATH: {"GET": _show_faults, "PUT": _set_faults, "DELETE": _clear_faults},
    METER_PATH: {"GET": _show_meter, "DELETE": _reset_meter},
}
