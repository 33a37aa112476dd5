"""How long the security rules take to decide, operation by operation, beside a rule that is `if true`.

Each operation is asked of the rules engine in this process, with coverage noted as the emulator does. The peer is a
ruleset that allows everything to everybody, asked the same in the same rounds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Any

from benches.report import Latency, print_json, print_table
from emulator.rules.access import Documents
from emulator.rules.queries.proofs import query_requests
from emulator.rules.requests import Method, Request, Resource, resource
from emulator.rules.ruleset import Ruleset, compile_rules
from emulator.rules.values.types import Path, Timestamp
from emulator.wire import StructuredQuery
from local.environment import ROOT

_FREE = (
    "rules_version = '2';\n"
    "service cloud.firestore { match /databases/{d}/documents { match /{path=**} { allow read, write: if true; } } }"
)
_ROUNDS = 2_000
_SECOND = 1_000_000_000
_NOW = Timestamp(1_790_000_000 * _SECOND)
_SIGNED_IN_SECONDS = 1_789_999_000
_ROLES = {"cleo": "client", "dora": "client", "ana": "trainer", "root": "admin"}
_PARTIES = {"client_id": "cleo", "trainer_id": "ana"}
_PRESENCE = {
    "user_id": "cleo",
    "place": "calendar",
    "hidden": False,
    "seen_at": _NOW,
    "expires_at": Timestamp(_NOW.nanos + 1_800 * _SECOND),
}


@dataclass(frozen=True)
class Operation:
    """Something asked of rules: one request, or one for each alternative of a query; and the verdict it has."""

    name: str
    requests: Sequence[Request]
    allowed: bool = True

    def ask(self, ruleset: Ruleset) -> tuple[bool, int]:
        """The verdict, and how many other documents were looked up for it."""
        documents = Documents(_access)
        return ruleset.evaluate_query(self.requests, documents).allowed, len(documents.paths)


def run(*, quick: bool = False) -> None:
    """Print microseconds per operation with their ratio to `if true`, and how many documents rules look up for it."""
    rounds = _ROUNDS // 10 if quick else _ROUNDS
    ours = compile_rules((ROOT / "firestore.rules").read_text(encoding="utf-8"))
    free = compile_rules(_FREE)
    figures = {each.name: _measure(each, ours, free, rounds) for each in _operations()}
    print_table(
        f"Evaluation of firestore.rules, microseconds (medians of {rounds} rounds)",
        ("operation", "p50", "p95", "`if true` p50", "ratio", "looked up"),
        [
            [
                name,
                *(f"{row[key]:.1f}" for key in ("p50_us", "p95_us", "if_true_p50_us", "ratio")),
                str(row["looked_up"]),
            ]
            for name, row in figures.items()
        ],
        ["Looked up: documents that rules read, one billed read each."],
    )
    print_json("rules", {"rounds": rounds, "operations": figures})


def _measure(operation: Operation, ours: Ruleset, free: Ruleset, rounds: int) -> dict[str, float]:
    verdict, looked_up = operation.ask(ours)
    if verdict is not operation.allowed or not operation.ask(free)[0]:
        raise AssertionError(f"{operation.name}: not the verdict that was to be measured")
    taken, idle = [], []
    for _ in range(rounds):
        taken.append(_microseconds(operation, ours))
        idle.append(_microseconds(operation, free))
    of_ours, floor = Latency.of(taken), Latency.of(idle)
    return {
        "p50_us": of_ours.p50,
        "p95_us": of_ours.p95,
        "if_true_p50_us": floor.p50,
        "ratio": of_ours.p50 / floor.p50,
        "looked_up": looked_up,
    }


def _microseconds(operation: Operation, ruleset: Ruleset) -> float:
    began = perf_counter_ns()
    operation.ask(ruleset)
    return (perf_counter_ns() - began) / 1_000


def _operations() -> list[Operation]:
    conflict = {"trainer_ids": ["ana", "ben"]}
    mark = {"read_at": _NOW}
    return [
        _on("get", "trainers/ana", None, {"city": "Berlin"}),
        _list("trainers", None, limit=100),
        _list("trainers/ana/days", None, limit=62),
        _list("trainers/ana/reviews", None, limit=100),
        _on("get", "bookings/b1", "cleo", _PARTIES),
        _on("get", "bookings/b1", "ana", _PARTIES),
        _on("get", "bookings/b1", "root", _PARTIES),
        _on("get", "bookings/b1", "dora", _PARTIES, allowed=False),
        _list("bookings", "cleo", ("client_id", "cleo"), limit=300),
        _list("bookings", "dora", ("client_id", "cleo"), limit=300, allowed=False),
        _list("sessions", "ana", ("trainer_id", "ana"), limit=300),
        _list("disputes", "cleo", ("client_id", "cleo"), limit=100),
        _on("get", "schedule/2030-01-01/conflicts/c1", "ana", conflict),
        _on("get", "clients/cleo", "cleo", {}),
        _list("clients", "root", limit=100),
        _list("users/cleo/inbox", "cleo", limit=100),
        _list("feeds/client_cleo/events", "cleo", limit=100),
        _list("feeds/public/events", None, limit=100),
        _list("health", "root", limit=50),
        _list("presence", "ana", limit=200),
        _on("create", "users/cleo/marks/m1", "cleo", None, mark),
        _on("update", "users/cleo/marks/m1", "cleo", mark, mark),
        _on("delete", "users/cleo/marks/m1", "cleo", mark),
        _on("create", "presence/cleo:1", "cleo", None, _PRESENCE),
        _on("update", "presence/cleo:1", "cleo", _PRESENCE, _PRESENCE),
        _on("update", "presence/cleo:1", "dora", _PRESENCE, _PRESENCE, allowed=False),
        _on("delete", "presence/cleo:1", "cleo", _PRESENCE),
        _on("update", "bookings/b1", "cleo", _PARTIES, _PARTIES, allowed=False),
    ]


def _on(
    method: Method,
    path: str,
    by: str | None,
    stored: Mapping[str, Any] | None,
    written: Mapping[str, Any] | None = None,
    *,
    allowed: bool = True,
) -> Operation:
    old, new = (None if fields is None else _document(path, fields) for fields in (stored, written))
    request = Request(method, tuple(path.split("/")), _NOW, _auth(by), old, new)
    return Operation(_name(method, path, by, allowed), [request], allowed)


def _list(
    collection: str, by: str | None, *filters: tuple[str, str], limit: int, allowed: bool = True
) -> Operation:
    *parent, name = collection.split("/")
    query = StructuredQuery(limit={"value": limit})
    query.from_.add(collection_id=name)
    for field, value in filters:
        query.where.field_filter.field.field_path = field
        query.where.field_filter.op = StructuredQuery.FieldFilter.EQUAL
        query.where.field_filter.value.string_value = value
    template = Request("list", tuple(collection.split("/")), _NOW, _auth(by))
    return Operation(_name("list", collection, by, allowed), query_requests(template, query, parent), allowed)


def _name(method: Method, path: str, by: str | None, allowed: bool) -> str:
    asker = "anybody" if by is None else by
    return f"{method} {path} by {asker}" + ("" if allowed else ", denied")


def _auth(by: str | None) -> dict[str, Any] | None:
    return None if by is None else {"uid": by, "token": {"auth_time": _SIGNED_IN_SECONDS}}


def _document(path: str, fields: Mapping[str, Any]) -> Resource:
    return resource(fields, Path(("databases", "(default)", "documents", *path.split("/"))))


def _access(path: tuple[str, ...]) -> Resource | None:
    """`access/{uid}` of whoever has a role."""
    role = _ROLES.get(path[1]) if path[0] == "access" else None
    fields = {"role": role, "blocked": False, "tokens_valid_from_at": None}
    return None if role is None else resource(fields)
