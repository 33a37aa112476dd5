"""Messages as JSON: the same as protobuf's own encoder makes, but for speed."""

import json
import struct
import time
from typing import Any

import pytest
from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.errors import InvalidArgument
from emulator.transports.proto_json import parse_content, parse_text, to_json
from emulator.wire import MESSAGES, Document, LatLng, ListenResponse, StructuredQuery, Target, Value
from tests.emulator.databases import structured_query
from tests.emulator.transports.noise import BODIES, STREAM_MESSAGES, Noise
from tests.emulator.values import anything, document, value


def reference(message: Any) -> Any:
    """What protobuf's own encoder makes."""
    return json.loads(json_format.MessageToJson(message))


@given(st.dictionaries(st.text(min_size=1), anything, max_size=4))
def test_documents_survive_the_way_there_and_back(fields: dict[str, Any]) -> None:
    made = document("a/b", fields)

    assert reference(parse_text(Document, to_json(made))) == reference(made)


@given(st.integers(-62135596800, 253402300799), st.integers(0, 999_999_999))
def test_times_survive_the_way_there_and_back(seconds: int, nanos: int) -> None:
    made = Value(timestamp_value={"seconds": seconds, "nanos": nanos})

    assert parse_text(Value, to_json(made)) == made


@pytest.mark.parametrize(
    ("message", "encoded"),
    [
        (Value(null_value=0), {"nullValue": None}),
        (Value(integer_value=-(1 << 63)), {"integerValue": "-9223372036854775808"}),
        (Value(double_value=float("nan")), {"doubleValue": "NaN"}),
        (Value(double_value=float("-inf")), {"doubleValue": "-Infinity"}),
        (Value(double_value=-0.0), {"doubleValue": -0.0}),
        (Value(bytes_value=b"\xff\x00"), {"bytesValue": "/wA="}),
        (Value(geo_point_value=LatLng(latitude=1.5)), {"geoPointValue": {"latitude": 1.5}}),
        (value([]), {"arrayValue": {}}),
        (value({}), {"mapValue": {}}),
        (Value(), {}),
        (Value(boolean_value=False), {"booleanValue": False}),
        (
            ListenResponse(target_change={"target_change_type": "CURRENT", "target_ids": [1, 2]}),
            {"targetChange": {"targetChangeType": "CURRENT", "targetIds": [1, 2]}},
        ),
        (Target(expected_count={"value": 3}), {"expectedCount": 3}),
    ],
)
def test_every_kind_of_field(message: Any, encoded: Any) -> None:
    assert json.loads(to_json(message)) == encoded == reference(message)


def test_statistics_of_a_query() -> None:
    stats = Struct()
    stats.update({"bytes": 5, "names": ["a", None]})
    made = MESSAGES["RunQueryResponse"]()
    made.explain_metrics.execution_stats.debug_stats.CopyFrom(stats)
    made.explain_metrics.execution_stats.execution_duration.FromMilliseconds(-1500)

    assert json.loads(to_json(made)) == {
        "explainMetrics": {
            "executionStats": {
                "executionDuration": "-1.500000s", "debugStats": {"bytes": 5.0, "names": ["a", None]}
            }
        }
    }  # fmt: skip


def test_queries_are_encoded_as_protobuf_does() -> None:
    query = structured_query("a", ("and", ("x", "==", 1), ("y", "in", ["a"])), [("x", -1)], limit=3)

    assert json.loads(to_json(query)) == reference(query)
    assert parse_text(StructuredQuery, to_json(query)) == query


@given(st.text())
def test_texts_are_ascii(text: str) -> None:
    encoded = to_json(Value(string_value=text))

    assert encoded.isascii()
    assert json.loads(encoded) == {"stringValue": text}


@pytest.mark.parametrize(
    "text",
    ["", "[]", "1", "{", '{"nothing": 1}', '{"integerValue": "x"}', '{"integerValue": 1, "stringValue": ""}',
     '{"stringValue": "\\ud800"}', '{"bytesValue": "a"}', '{"timestampValue": 5}', '{"arrayValue": {"values": {}}}',
     "[" * 100_000, '{"arrayValue":{"values":[' * 2000 + "]}}" * 2000, b"\xff\xfe\xff"],
)  # fmt: skip
def test_other_texts_are_refused(text: str | bytes) -> None:
    with pytest.raises(InvalidArgument):
        parse_text(Value, text)


REQUESTS: list[tuple[type[Any], Any]] = [
    *(
        (MESSAGES[f"{verb[0].upper()}{verb[1:]}Request"], body)
        for verb, body in BODIES.items()
        if verb != "batchGet"
    ),
    (MESSAGES["BatchGetDocumentsRequest"], BODIES["batchGet"]),
    *((MESSAGES["ListenRequest"], message) for message in STREAM_MESSAGES[:4]),
    (MESSAGES["WriteRequest"], STREAM_MESSAGES[4]),
]


@pytest.mark.parametrize(("message", "content"), REQUESTS)
def test_right_and_wrong_requests_are_decoded_as_protobuf_does(message: Any, content: Any) -> None:
    right = 0
    for seed in range(100):
        noise = Noise(seed)
        spoilt = noise.spoilt(content, noise.random.choice([0, 0.01, 0.03, 0.1]))
        if not isinstance(spoilt, dict):
            continue
        try:
            expected = json_format.ParseDict(spoilt, message())
        except (json_format.ParseError, ValueError):
            with pytest.raises(InvalidArgument):
                parse_content(message, spoilt)
        else:
            assert parse_content(message, spoilt) == expected, spoilt
            right += 1

    assert right > 10


def test_decoding_is_faster_than_protobuf() -> None:
    fields = {f"field{number}": struct.pack(">I", number).hex() for number in range(10)}
    content = reference(document("a/b", fields))

    assert fastest(lambda: parse_content(Document, content)) < fastest(
        lambda: json_format.ParseDict(content, Document())
    )


def test_encoding_is_faster_than_protobuf() -> None:
    response = ListenResponse()
    fields = {f"field{number}": struct.pack(">I", number).hex() for number in range(10)}
    response.document_change.document.CopyFrom(document("a/b", fields))

    assert fastest(lambda: to_json(response)) < fastest(
        lambda: json_format.MessageToJson(response, indent=None)
    )


def fastest(action: Any) -> float:
    times = []
    for _ in range(300):
        begun = time.process_time_ns()
        action()
        times.append(time.process_time_ns() - begun)
    return min(times)
