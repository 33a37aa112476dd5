"""Reading callable requests: malformed bodies are typed refusals, and nothing costs more than it should."""

import json

import pytest

from courtside.edge.wire import MAX_BODY_BYTES, MAX_DEPTH, encode_json, parse_request
from courtside.errors import Code, CourtsideError
from tests.http_calls import body_of

JSON = "application/json"


def refusal(body: bytes, content_type: str = JSON) -> CourtsideError:
    with pytest.raises(CourtsideError) as raised:
        parse_request(body, content_type)
    return raised.value


def nested(depth: int, opening: bytes, closing: bytes) -> bytes:
    return b'{"data":' + opening * depth + b"1" + closing * depth + b"}"


def test_command_and_content_are_read_apart() -> None:
    request = parse_request(b'{"data":{"command":"apply","command_id":"x","n":[1,2.5,"a"]}}', JSON)

    assert request.command == "apply"
    assert request.content == {"command_id": "x", "n": [1, 2.5, "a"]}


@pytest.mark.parametrize("content_type", [JSON, "application/json; charset=utf-8", "Application/JSON"])
def test_content_type_may_have_parameters(content_type: str) -> None:
    assert parse_request(body_of("apply"), content_type).command == "apply"


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/jsonp",
        "text/json;application/json",
        "text/plain; application/json",
        "application/json; charset=utf-16",
        "application/x-www-form-urlencoded",
    ],
)
def test_other_content_types_are_refused(content_type: str) -> None:
    error = refusal(body_of("apply"), content_type)

    assert (error.code, error.reason) == (Code.INVALID_ARGUMENT, "MALFORMED_REQUEST")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"5",
        b'"text"',
        b"[]",
        b"{}",
        b'{"data":null}',
        b'{"data":[]}',
        b'{"data":"x"}',
        b'{"data":{}} {}',
        b'\xef\xbb\xbf{"data":{}}',
        '{"data":{}}'.encode("utf-16"),
        b'{"data":{"command":"a"},"data":{"command":"b"}}',
        b'{"data":{"command":"apply","command":"approve"}}',
        b'{"data":{"command":"apply","list":[{"a":1,"\\u0061":2}]}}',
        b"\xff\xfe{}",
        b'{"data":{"command":"\xc3"}}',
        b'{"data":{"n":NaN}}',
        b'{"data":{"n":Infinity}}',
        b'{"data":{"n":-Infinity}}',
        b'{"data":{"n":01}}',
        b"{'data':{}}",
        b'{"data":{"a":"\n"}}',
        b'{"data":{},}',
        b"\x1f\x8b\x08\x00",
    ],
)
def test_malformed_body_is_refused(body: bytes) -> None:
    error = refusal(body)

    assert (error.code, error.reason) == (Code.INVALID_ARGUMENT, "MALFORMED_REQUEST")


@pytest.mark.parametrize(
    "number", [b"9" * 5_000, b"-" + b"9" * 5_000, b"1e400", b"-1e400", b"9" * 400 + b".5"]
)
def test_number_out_of_range_is_refused(number: bytes) -> None:
    error = refusal(b'{"data":{"command":"apply","n":' + number + b"}}")

    assert (error.code, error.reason) == (Code.INVALID_ARGUMENT, "INVALID_INPUT")
    assert "999" not in error.message


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_nesting_is_refused_beyond_the_limit_only(opening: bytes, closing: bytes) -> None:
    deep = refusal(nested(100_000 // len(opening), opening, closing))
    too_deep = refusal(nested(MAX_DEPTH, opening, closing))
    allowed = refusal(nested(MAX_DEPTH - 1, opening, closing))

    assert (deep.reason, too_deep.reason) == ("REQUEST_TOO_LARGE", "REQUEST_TOO_LARGE")
    # Read, and refused only for what it is: a command that is not named.
    assert allowed.reason in {"MALFORMED_REQUEST", "UNKNOWN_COMMAND"}


def test_brackets_inside_strings_do_not_count_as_nesting() -> None:
    text = '\\"[{' * 50 + "\\"
    body = json.dumps({"data": {"command": "apply", "text": text}}).encode()

    assert parse_request(body, JSON).content == {"text": text}


def test_body_over_the_limit_is_refused_before_it_is_read() -> None:
    error = refusal(b"{" * (MAX_BODY_BYTES + 1))

    assert error.reason == "REQUEST_TOO_LARGE"
    assert error.details == {"limit_bytes": MAX_BODY_BYTES}


def test_body_of_the_limit_is_read() -> None:
    padding = MAX_BODY_BYTES - len(body_of("apply", text=""))

    assert parse_request(body_of("apply", text="x" * padding), JSON).command == "apply"


@pytest.mark.parametrize("command", [None, 5, True, ["apply"], {"name": "apply"}])
def test_command_that_is_no_text_is_unknown(command: object) -> None:
    error = refusal(json.dumps({"data": {"command": command}}).encode())

    assert (error.code, error.reason) == (Code.NOT_FOUND, "UNKNOWN_COMMAND")


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_answer_with_a_number_that_json_lacks_is_a_bug(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode_json({"result": {"n": number}})
