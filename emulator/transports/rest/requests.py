"""Request messages from what an HTTP request carries: bound path fields, query parameters, a JSON body."""

import json
from typing import Any
from urllib.parse import parse_qsl

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from emulator.core.errors import InvalidArgument, Unimplemented
from emulator.transports.proto_json import parse_content
from emulator.transports.rest.routes import Route

_IGNORED = {"key", "access_token", "oauth_token", "quotaUser", "prettyPrint", "upload_protocol", "uploadType"}
"""System parameters (https://cloud.google.com/apis/docs/system-parameters) that change nothing here."""
_JSON_FORMS = {"json", "json;enum-encoding=int"}
Content = dict[str, Any]


def parse_request(message: Any, route: Route, query: str, body: bytes) -> Any:
    """The request of an RPC, of the class `message`; InvalidArgument says what is wrong with it."""
    content: Content = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if not _is_system_parameter(name, value):
            if route.body in ("*", name.partition(".")[0]):
                raise _unknown(name)
            _set_parameter(content, message.DESCRIPTOR, name, value)
    if route.body == "*":
        content = _parse_body(body)
    elif route.body is not None:
        content[route.body] = _parse_body(body)
    for name, value in route.bound.items():
        _bind(content, name.split("."), value)
    return parse_content(message, content)


def _parse_body(body: bytes) -> Content:
    if not body.strip():
        return {}
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidArgument(f"Invalid JSON payload received: {error}") from None
    if not isinstance(content, dict):
        raise InvalidArgument("Invalid JSON payload received: the body is not an object")
    return content


def _is_system_parameter(name: str, value: str) -> bool:
    plain = name.removeprefix("$")
    if plain == "alt":
        if value not in _JSON_FORMS:
            raise Unimplemented(f"alt={value} is not supported by this emulator")
        return True
    if plain in ("fields", "callback", "xgafv"):
        raise Unimplemented(f"the parameter {name} is not supported by this emulator")
    return plain in _IGNORED


def _bind(content: Content, path: list[str], value: str) -> None:
    for name in path[:-1]:
        content = content.setdefault(name, {})
    content[path[-1]] = value


def _set_parameter(content: Content, descriptor: Descriptor, name: str, value: str) -> None:
    """Set the field at a dotted path of field names, in either spelling."""
    *parents, last = name.split(".")
    for parent in parents:
        field = _field(descriptor, parent, name)
        if field.message_type is None or field.is_repeated:
            raise _unknown(name)
        content = content.setdefault(field.json_name, {})
        descriptor = field.message_type
    field = _field(descriptor, last, name)
    if field.is_repeated:
        content.setdefault(field.json_name, []).append(_scalar(field, name, value))
    elif field.json_name in content:
        raise InvalidArgument(f"the parameter {name} is given twice")
    else:
        content[field.json_name] = _scalar(field, name, value)


def _field(descriptor: Descriptor, spelled: str, name: str) -> FieldDescriptor:
    found = descriptor.fields_by_name.get(spelled) or descriptor.fields_by_camelcase_name.get(spelled)
    if found is None:
        raise _unknown(name)
    return found


def _unknown(name: str) -> InvalidArgument:
    return InvalidArgument(
        f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter.'
    )


def _is_text(message: Descriptor | None) -> bool:
    """Whether values of a type are texts in JSON."""
    return message is None or message.full_name.startswith("google.protobuf.")


def _scalar(field: FieldDescriptor, name: str, text: str) -> Any:
    """The JSON form of a parameter: texts stand for everything but booleans."""
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        if text not in ("true", "false"):
            raise InvalidArgument(f"the parameter {name} is neither true nor false: {text!r}")
        return text == "true"
    if not _is_text(field.message_type):
        raise _unknown(name)
    return text
