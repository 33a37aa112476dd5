"""The callable protocol: strict reading of requests, so that no malformed body ever becomes a 500.

The SDK's own handler answers 500 to malformed JSON, empty bodies, bad UTF-8, huge integers and deep nesting, and
echoes NaN as invalid JSON; here each of these is a MALFORMED_REQUEST or REQUEST_TOO_LARGE before anything else runs.
"""

import json
from dataclasses import dataclass
from typing import Any, NoReturn

from courtside.errors import InvalidInput, MalformedRequest, RequestTooLarge, UnknownCommand

MAX_BODY_BYTES = 256 * 1024
MAX_DEPTH = 16
_MAX_INTEGER_DIGITS = 18


@dataclass(frozen=True)
class CallableRequest:
    """One call: the command's name, and its content with `command_id` still in it."""

    command: str
    content: dict[str, Any]


def parse_request(body: bytes, content_type: str) -> CallableRequest:
    """Read the body of a callable request: `{"data": {"command": …, "command_id": …, …}}`.

    Raises:
        MalformedRequest: it is not JSON of that shape.
        RequestTooLarge: it is larger or deeper than any command needs.
    """
    envelope = parse_object(body, content_type)
    if not isinstance(envelope.get("data"), dict):
        raise MalformedRequest
    content = dict(envelope["data"])
    command = content.pop("command", None)
    if not isinstance(command, str):
        raise UnknownCommand("Name the command in `data.command`.")
    return CallableRequest(command, content)


def parse_object(body: bytes, content_type: str, *, limit_bytes: int = MAX_BODY_BYTES) -> dict[str, Any]:
    """Read a body that is a JSON object.

    Raises:
        MalformedRequest: it is something else.
        RequestTooLarge: it is larger than `limit_bytes`, or deeper than any command needs.
    """
    _check_content_type(content_type)
    if len(body) > limit_bytes:
        raise RequestTooLarge(limit_bytes=limit_bytes)
    parsed = _parse_json(body)
    if not isinstance(parsed, dict):
        raise MalformedRequest
    return parsed


def encode_json(body: dict[str, Any]) -> str:
    """A response body; NaN and Infinity, which JSON does not have, are a bug and raise."""
    return json.dumps(body, separators=(",", ":"), allow_nan=False)


def _check_content_type(content_type: str) -> None:
    """Only what a browser asks leave for: a form on a foreign page sends other types without asking."""
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    if media_type != "application/json":
        raise MalformedRequest("The content type must be application/json.")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "charset" and value.strip('"') not in ("utf-8", "utf8"):
            raise MalformedRequest("The body must be UTF-8.")


def _parse_json(body: bytes) -> Any:
    try:
        text = body.decode("utf-8")
        _check_depth(text)
        return json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_int=_parse_int,
            parse_float=_parse_float,
            object_pairs_hook=_require_single_names,
        )
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise MalformedRequest(f"The body is not valid JSON: {error.__class__.__name__}.") from error


def _check_depth(text: str) -> None:
    """Refuse nesting before the parser recurses into it; brackets inside strings do not count."""
    depth, in_string, escaped = 0, False, False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise RequestTooLarge(limit_depth=MAX_DEPTH)
        elif character in "]}":
            depth -= 1


def _parse_int(digits: str) -> int:
    if len(digits) > _MAX_INTEGER_DIGITS + 1:
        raise InvalidInput("A number in the body is out of range.")
    return int(digits)


def _parse_float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise InvalidInput("A number in the body is out of range.")
    return value


def _require_single_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Of two values under one name, whoever checks might take the one and whoever acts the other.
    found = dict(pairs)
    if len(found) < len(pairs):
        raise MalformedRequest("A name occurs twice in one object of the body.")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedRequest(f"{name} is not JSON.")
