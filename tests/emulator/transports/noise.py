"""Requests that are right, and ways to make them wrong."""

import json
import random
from typing import Any
from urllib.parse import quote, urlencode

DOCUMENTS = "/v1/projects/demo-fuzz/databases/(default)/documents"
NAME = "projects/demo-fuzz/databases/(default)/documents/rooms/a"
QUERY = {
    "from": [{"collectionId": "rooms", "allDescendants": True}],
    "where": {
        "compositeFilter": {
            "op": "OR",
            "filters": [
                {
                    "fieldFilter": {
                        "field": {"fieldPath": "x"},
                        "op": "GREATER_THAN",
                        "value": {"integerValue": "1"},
                    }
                },
                {"unaryFilter": {"field": {"fieldPath": "y"}, "op": "IS_NULL"}},
            ],
        }
    },
    "orderBy": [{"field": {"fieldPath": "x"}, "direction": "DESCENDING"}],
    "startAt": {"values": [{"doubleValue": 1.5}], "before": True},
    "offset": 1,
    "limit": 3,
}
UPDATE = {"name": NAME, "fields": {"x": {"arrayValue": {"values": [{"mapValue": {"fields": {}}}]}}}}
WRITE = {
    "update": UPDATE,
    "updateMask": {"fieldPaths": ["x", "`y`"]},
    "updateTransforms": [{"fieldPath": "z", "increment": {"integerValue": "1"}}],
    "currentDocument": {"exists": True},
}
DATABASE = "projects/demo-fuzz/databases/(default)"
BODIES: dict[str, Any] = {
    "batchGet": {"documents": [NAME], "mask": {"fieldPaths": ["x"]}, "newTransaction": {"readOnly": {}}},
    "commit": {"writes": [WRITE], "transaction": "YQ=="},
    "batchWrite": {"writes": [WRITE], "labels": {"a": "b"}},
    "beginTransaction": {"options": {"readWrite": {"retryTransaction": "YQ=="}}},
    "rollback": {"transaction": "YQ=="},
    "runQuery": {"structuredQuery": QUERY},
    "runAggregationQuery": {
        "structuredAggregationQuery": {
            "structuredQuery": QUERY,
            "aggregations": [{"alias": "a", "sum": {"field": {"fieldPath": "x"}}}, {"count": {"upTo": "2"}}],
        }
    },
    "partitionQuery": {
        "structuredQuery": {"from": [{"collectionId": "rooms", "allDescendants": True}]},
        "pageSize": 1,
    },
    "listCollectionIds": {"pageSize": 1, "pageToken": "a"},
}
STREAM_MESSAGES: list[Any] = [
    {"database": DATABASE, "addTarget": {"targetId": 2, "query": {"parent": NAME, "structuredQuery": QUERY}}},
    {
        "database": DATABASE,
        "addTarget": {"targetId": 3, "documents": {"documents": [NAME]}, "resumeToken": "YQ=="},
    },
    {"database": DATABASE, "removeTarget": 2},
    {"database": DATABASE},
    {"streamToken": "YQ==", "writes": [WRITE]},
]
METHODS = ["GET", "POST", "PATCH", "DELETE", "PUT", "OPTIONS", "HEAD"]
WORDS = ["structuredQuery", "fields", "integerValue", "mapValue", "writes", "name", "x"]
SCALARS: list[Any] = [
    None,
    True,
    0,
    -1,
    2**63,
    1.5,
    "",
    "EQUAL",
    "x" * 3000,
    "😀",
    "\x00",
    "projects/p/databases/d",
]


class Noise:
    """Requests that are wrong in all kinds of ways, from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def content(self, depth: int = 0) -> Any:
        """Any JSON."""
        if depth > 6 or self.chance(0.4):
            return self.random.choice(SCALARS)
        if self.chance(0.3):
            return [self.content(depth + 1) for _ in range(self.random.randrange(3))]
        return {self.random.choice(WORDS): self.content(depth + 1) for _ in range(self.random.randrange(4))}

    def spoilt(self, content: Any, probability: float) -> Any:
        """The same with some parts replaced, left out or named differently."""
        if self.chance(probability):
            return self.content()
        if isinstance(content, list):
            return [self.spoilt(item, probability) for item in content if not self.chance(probability)]
        if isinstance(content, dict):
            kept = {key: value for key, value in content.items() if not self.chance(probability)}
            return {key: self.spoilt(value, probability) for key, value in kept.items()}
        return content

    def text(self, content: Any) -> bytes:
        """Its JSON, seldom whole bytes of another kind."""
        encoded = json.dumps(self.spoilt(content, self.random.choice([0, 0.02, 0.1]))).encode()
        if self.chance(0.05):
            return self.random.randbytes(200)
        return encoded[: self.random.randrange(len(encoded) + 1)] if self.chance(0.05) else encoded

    def form(self) -> bytes:
        """The body of a forward request."""
        if self.chance(0.05):
            return self.random.randbytes(50)
        count = self.random.choice(["1", "2", "1", "2", "0", "-1", "x", "99999999999"])
        fields = {"count": count, "ofs": self.random.choice(["0", "0", "1", "-1", "x"])}
        for position in range(2):
            fields[f"req{position}___data__"] = self.text(self.random.choice(STREAM_MESSAGES)).decode(
                "latin-1"
            )
        return urlencode(fields).encode()

    def call(self) -> tuple[str, str, bytes]:
        """A method, a path and a body."""
        ids = [
            self.random.choice(["rooms", "a", "b", "__x__", "%2F", "%FF", "..", "%C3%A9"]) for _ in range(4)
        ]
        below = "".join(f"/{segment}" for segment in ids[: self.random.randrange(5)])
        if self.chance(0.1):
            return (
                self.random.choice(METHODS),
                quote(self.random.choice(["/v1", "/v1/projects/p", "/emulator/v1", "/x"])),
                b"",
            )
        if self.chance(0.4):
            method = self.random.choice(["GET", "POST", "PATCH", "DELETE"])
            return method, quote(f"{DOCUMENTS}{below}", safe="/:%()"), self.text({"fields": UPDATE["fields"]})
        verb = self.random.choice(list(BODIES))
        below = below if verb.startswith(("run", "list", "partition")) else ""
        return "POST", quote(f"{DOCUMENTS}{below}:{verb}", safe="/:%()"), self.text(BODIES[verb])

    def query(self, names: list[str], most: int) -> str:
        """Query parameters."""
        values = ["", "1", "-1", "true", "rpc", "xmlhttp", "nobody", "x", "YQ==", "2020-01-01T00:00:00Z"]
        pairs = [
            (self.random.choice(names), self.random.choice(values))
            for _ in range(self.random.randrange(most))
        ]
        return urlencode(pairs)
