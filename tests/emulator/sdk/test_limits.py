"""The service's limits and reserved names (https://firebase.google.com/docs/firestore/quotas) and their codes."""

from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud import firestore

KIB = 1024
DEEPEST = "/".join(["c", "d"] * 100)


def nested(depth: int) -> Any:
    """The content of a document whose field holds so many maps, one within the other."""
    content: Any = {"m": 1}
    for _ in range(depth):
        content = {"m": content}
    return content


@pytest.mark.parametrize(
    "content",
    [
        {"text": "x" * (1024 * KIB - 100)},
        {"field" * 300: 1},
        nested(20),
        {f"f{number}": firestore.Increment(1) for number in range(500)},
    ],
    ids=["size", "field name", "depth", "transforms"],
)
def test_what_is_at_a_limit_is_stored(client: firestore.Client, content: dict[str, Any]) -> None:
    room = client.document("rooms/a")

    room.set(content)

    assert room.get().exists


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"text": "x" * (1024 * KIB)}, "exceeds the maximum allowed size of 1,048,576 bytes"),
        ({"field" * 301: 1}, "longer than 1500 bytes"),
        (nested(21), "nested deeper than 20"),
        ({"__secret__": 1}, "reserved"),
        ({"list": [[1]]}, "another array"),
        ({f"f{number}": firestore.Increment(1) for number in range(501)}, "500 field transforms"),
    ],
    ids=["size", "field name", "depth", "reserved", "array in array", "transforms"],
)
def test_what_is_beyond_a_limit_is_refused(
    client: firestore.Client, content: dict[str, Any], reason: str
) -> None:
    room = client.document("rooms/a")

    with pytest.raises(InvalidArgument, match=reason):
        room.set(content)

    assert not room.get().exists


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (f"{DEEPEST}/c/d", "deeper than 100"),
        ("rooms/__mine__", "reserved"),
        ("__rooms__/a", "reserved"),
        ("rooms/..", "invalid id"),
        ("rooms/" + "x" * 1501, "longer than 1500 bytes"),
    ],
    ids=["depth", "reserved id", "reserved collection", "dots", "length"],
)
def test_impossible_paths_are_refused(client: firestore.Client, path: str, reason: str) -> None:
    with pytest.raises(InvalidArgument, match=reason):
        client.document(path).set({"x": 1})


def test_the_deepest_path_and_the_longest_id_are_stored(client: firestore.Client) -> None:
    for path in (DEEPEST, "rooms/" + "x" * 1500, "rooms/__id7__"):
        client.document(path).set({"x": 1})

        assert client.document(path).get().exists
