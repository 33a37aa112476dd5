"""Firestore's own door: reading what is others', asking wider than one may, writing what the relay writes."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.attacks.arena import Arena
from tests.attacks.attempt import Attempt, asks, calls, reads
from tests.attacks.targets import at
from tests.world import ADMIN

# Where somebody else's things are, and who may not read them.
PRIVATE: dict[str, tuple[str, ...]] = {
    "bookings/@booking": ("mal", "eve", "ned", ""),
    "bookings/@request": ("bob", "amy"),
    "sessions/@session": ("ada", "mal", "eve", ""),
    "sessions/@class": ("ada", "eve", ""),
    "clients/ada": ("mal", "tom", ""),
    "clients/mal": ("ned", "eve"),
    "disputes/@dispute": ("mal", "eve", "ned", ""),
    "schedule/@day1/conflicts/@conflict": ("ada", "mal", "eve", ""),
    "users/ada/inbox/any": ("mal", "tom", "sue", ADMIN, ""),
    "users/ada/marks/any": ("mal", "tom", "sue", ADMIN, ""),
    "feeds/admin/events/any": ("mal", "tom", "eve", ""),
    "feeds/client_ada/events/any": ("mal", "tom", ""),
    "feeds/trainer_tom/events/any": ("mal", "eve", "ada", ""),
    "feeds/trainer_mal/events/any": ("mal",),
    "access/ada": ("mal", "ada", "tom", ADMIN, "sue", ""),
    "access/mal": ("mal",),
    "health/relay": ("mal", "tom", ""),
    "presence/tom:1": ("mal", "ned", ""),
    "stats/notifications": ("mal", "tom", ""),
    "users/ada": ("ada", "mal", ADMIN),
    "teams/red": ("mal", ""),
    "matches/final": ("mal", ""),
    "schedule/@day1/leases/any": ("mal", "tom"),
    "unheard/of": ("mal", ADMIN, ""),
    "trainers/tom/private/notes": ("mal", "tom", ADMIN),
    "trainers/tom/days/@day1/bookings/@booking": ("mal", "tom"),
}
# What the owner of a thing may not do to it.
WRITTEN_BY_US = {
    "bookings/@booking": "ada",
    "sessions/@session": "tom",
    "clients/ada": "ada",
    "trainers/tom": "tom",
    "trainers/tom/reviews/@review": "ada",
    "trainers/tom/days/@day1": "tom",
    "disputes/@dispute": "ada",
    "schedule/@day1/conflicts/@conflict": "tom",
    "users/ada/inbox/any": "ada",
    "feeds/client_ada/events/any": "ada",
    "feeds/public/events/any": ADMIN,
    "access/mal": "mal",
    "health/relay": ADMIN,
    "stats/notifications": ADMIN,
    "users/mal": "mal",
    "unheard/of": "mal",
}


def value(of: Any) -> dict[str, Any]:
    """A value as REST writes it."""
    match of:
        case bool():
            return {"booleanValue": of}
        case int():
            return {"integerValue": str(of)}
        case list():
            return {"arrayValue": {"values": [value(item) for item in of]}}
        case _:
            return {"stringValue": of}


def where(field: str, op: str, of: Any) -> dict[str, Any]:
    """One condition of a query."""
    return {"fieldFilter": {"field": {"fieldPath": field}, "op": op, "value": value(of)}}


def either(op: str, *filters: Mapping[str, Any]) -> dict[str, Any]:
    """Several conditions."""
    return {"compositeFilter": {"op": op, "filters": list(filters)}}


def query(
    collection: str | None, condition: Any = None, *, group: bool = False, **more: Any
) -> dict[str, Any]:
    """A structured query; of every collection where none is named."""
    of: dict[str, Any] = {"allDescendants": True} if group else {}
    if collection is not None:
        of["collectionId"] = collection
    return {"from": [of], **({"where": condition} if condition else {}), **more}


def finds(who: str, name: str, structured: dict[str, Any], below: str = "") -> Attempt:
    """A query that must be refused."""
    return asks(who, "POST", f"{below}:runQuery", name, structuredQuery=structured)


def counts(who: str, name: str, structured: dict[str, Any], *aggregations: dict[str, Any]) -> Attempt:
    """An aggregation that must be refused."""
    of = {"structuredQuery": structured, "aggregations": list(aggregations) or [{"count": {}}]}
    return asks(who, "POST", ":runAggregationQuery", name, structuredAggregationQuery=of)


MINE, HERS = where("client_id", "EQUAL", "mal"), where("client_id", "EQUAL", "ada")
QUERIES = [
    finds("mal", "all bookings", query("bookings")),
    finds("mal", "all bookings, some at a time", query("bookings", limit=10)),
    finds("mal", "one booking, whosever", query("bookings", limit=1)),
    finds("mal", "one's own bookings without end", query("bookings", MINE)),
    finds("mal", "more of one's own bookings than is allowed", query("bookings", MINE, limit=301)),
    finds("mal", "Ada's bookings", query("bookings", HERS, limit=10)),
    finds("mal", "one's own bookings or Ada's", query("bookings", either("OR", MINE, HERS), limit=10)),
    finds("mal", "bookings of two people", query("bookings", where("client_id", "IN", ["mal", "ada"]), limit=10)),
    finds("mal", "bookings of all others", query("bookings", where("client_id", "NOT_EQUAL", "mal"), limit=10)),
    finds("mal", "bookings of nobody in a list", query("bookings", where("client_id", "NOT_IN", ["x"]), limit=10)),
    finds("mal", "bookings after a name", query("bookings", where("client_id", "GREATER_THAN_OR_EQUAL", ""), limit=9)),
    finds("mal", "bookings by their price", query("bookings", where("price_minor", "GREATER_THAN", 0), limit=10)),
    finds("mal", "bookings by a cursor", query("bookings", limit=10, orderBy=[{"field": {"fieldPath": "__name__"}}],
          startAt={"values": [{"referenceValue": "@root/bookings/@booking"}], "before": True})),
    finds("mal", "ids alone", query("bookings", limit=10, select={"fields": [{"fieldPath": "__name__"}]})),
    finds("mal", "bookings of a trainer who is none", query("bookings", where("trainer_id", "EQUAL", "mal"), limit=5)),
    finds("mal", "bookings in any collection", query("bookings", MINE, group=True, limit=10)),
    finds("mal", "everything", query(None, group=True, limit=10)),
    finds("mal", "everything below Ada", query(None, group=True, limit=10), "/users/ada"),
    finds("mal", "every inbox", query("inbox", group=True, limit=10)),
    finds("mal", "every feed", query("events", group=True, limit=10)),
    finds("mal", "every conflict", query("conflicts", group=True, limit=10)),
    finds("mal", "Ada's inbox", query("inbox", limit=10), "/users/ada"),
    finds("mal", "the admins' feed", query("events", limit=10), "/feeds/admin"),
    finds("mal", "all clients", query("clients", limit=10)),
    finds("tom", "all clients, as a trainer", query("clients", limit=10)),
    finds("mal", "who may do what", query("access", limit=10)),
    finds("mal", "who may do what, by role", query("access", where("role", "EQUAL", "admin"), limit=1)),
    finds("eve", "Tom's sessions", query("sessions", where("trainer_id", "EQUAL", "tom"), limit=10)),
    finds("ada", "who else is in a class", query("sessions", where("service_id", "EQUAL", "@yoga"), limit=10)),
    finds("eve", "conflicts of two trainers",
          query("conflicts", where("trainer_ids", "ARRAY_CONTAINS_ANY", ["eve", "tom"]), limit=10), "/schedule/@day1"),
    finds("mal", "who is where", query("presence", limit=10)),
    finds("", "all trainers without end", query("trainers")),
    finds("", "more trainers than is allowed", query("trainers", limit=101)),
    finds("", "all open days of all trainers", query("days", group=True, limit=10)),
    finds("", "more days than is allowed", query("days", limit=63), "/trainers/tom"),
    finds("", "reviews without end", query("reviews"), "/trainers/tom"),
    counts("mal", "how many bookings there are", query("bookings")),
    counts("mal", "how many bookings Ada has", query("bookings", HERS, limit=10)),
    counts("mal", "what Tom earns", query("bookings", where("trainer_id", "EQUAL", "tom"), limit=300),
           {"sum": {"field": {"fieldPath": "price_minor"}}}),
    counts("mal", "what is paid on average", query("bookings", limit=300),
           {"avg": {"field": {"fieldPath": "price_minor"}}}),
    counts("mal", "how many admins there are", query("access", where("role", "EQUAL", "admin"))),
    asks("mal", "GET", "/bookings?pageSize=1", "a page of bookings"),
    asks("mal", "GET", "/bookings?showMissing=true&pageSize=300", "a page of bookings that are missing"),
    asks("", "GET", "/trainers", "a page of trainers without its size"),
    asks("mal", "POST", ":listCollectionIds", "the names of all collections", pageSize=10),
    asks("mal", "POST", "/users/ada:listCollectionIds", "the names of Ada's collections", pageSize=10),
    asks("mal", "POST", ":partitionQuery", "parts of a collection", structuredQuery=query("bookings", group=True),
         partitionCount="3"),
    asks("mal", "POST", ":batchGet", "Ada's booking among one's own",
         documents=["@root/bookings/@mals_late", "@root/bookings/@booking"]),
    asks("mal", "POST", ":batchGet", "Ada's booking in a transaction", documents=["@root/bookings/@booking"],
         newTransaction={"readWrite": {}}),
    asks("mal", "POST", ":batchGet", "Ada's booking as it was", documents=["@root/bookings/@booking"],
         readTime="@a_moment_ago"),
]  # fmt: skip


def written(path: str, **fields: Any) -> dict[str, Any]:
    """A write of these fields, REST values or plain ones."""
    typed = {name: of if isinstance(of, dict) else value(of) for name, of in fields.items()}
    return {"update": {"name": f"@root/{path}", "fields": typed}}


def at_server_time(write: dict[str, Any], *fields: str) -> dict[str, Any]:
    """The same write, the server's time in these fields."""
    transforms = [{"fieldPath": field, "setToServerValue": "REQUEST_TIME"} for field in fields]
    return {**write, "updateTransforms": transforms}


def commits(who: str, name: str, *writes: dict[str, Any]) -> Attempt:
    """A commit that must be refused as a whole."""
    return asks(who, "POST", ":commit", name, writes=list(writes))


def increments(path: str, field: str, by: int) -> dict[str, Any]:
    return {
        "transform": {
            "document": f"@root/{path}",
            "fieldTransforms": [{"fieldPath": field, "increment": value(by)}],
        }
    }


def presence(of: str, connection: str, **fields: Any) -> dict[str, Any]:
    soon: dict[str, Any] = {"expires_at": {"timestampValue": "@in_half_an_hour"}}
    entry = {"user_id": of, "place": "home", "hidden": False, **soon, **fields}
    return at_server_time(written(f"presence/{connection}", **entry), "seen_at")


LATER, LONG_AGO = ({"timestampValue": f"{year}-01-01T00:00:00Z"} for year in (2099, 2020))
MARK = at_server_time(written("users/mal/marks/n1"), "read_at")
WRITES = [
    commits("mal", "a booking for free", written("bookings/free", client_id="mal", status="confirmed")),
    commits("mal", "credits out of nothing", written("clients/mal", credits=1_000)),
    commits("mal", "credits by adding to them", increments("clients/mal", "credits", 1_000)),
    commits("mal", "a role of one's own", written("access/mal", role="admin", blocked=False)),
    commits("mal", "a role in the profile", written("users/mal", role="admin")),
    commits("tom", "a rating of one's own", 
            {**written("trainers/tom", rating_average=5), "updateMask": {"fieldPaths": ["rating_average"]}}),
    commits("mal", "a notice in Ada's inbox", written("users/ada/inbox/n1", type="session:cancelled")),
    commits("mal", "an event in the public feed", written("feeds/public/events/e1", type="match:ended")),
    commits("mal", "one's own mark, and Ada's booking", MARK, written("bookings/@booking", status="cancelled")),
    commits("mal", "one's own mark, and Ada's", MARK, at_server_time(written("users/ada/marks/n1"), "read_at")),
    commits("mal", "a booking deleted", {"delete": "@root/bookings/@mals_late"}),
    commits("mal", "a booking deleted, if it is there",
            {"delete": "@root/bookings/@booking", "currentDocument": {"exists": True}}),
    commits("mal", "a document where none is",
            {**written("bookings/new", client_id="mal"), "currentDocument": {"exists": False}}),
    commits("mal", "a mark with more in it", at_server_time(written("users/mal/marks/n1", note="x" * 999), "read_at")),
    commits("mal", "a mark at another time", written("users/mal/marks/n1", read_at=LATER)),
    commits("mal", "a mark of a text", written("users/mal/marks/n1", read_at="now")),
    commits("mal", "a mark without its time", written("users/mal/marks/n1")),
    commits("mal", "a mark with a long id", at_server_time(written(f"users/mal/marks/{'x' * 1_000}"), "read_at")),
    commits("mal", "a mark below a mark", at_server_time(written("users/mal/marks/n1/marks/n2"), "read_at")),
    commits("mal", "a mark under another person", at_server_time(written("users/ada/marks/n1"), "read_at")),
    commits("ned", "a mark of a newcomer", at_server_time(written("users/ned/marks/n1"), "read_at")),
    commits("", "a mark of a visitor", at_server_time(written("users/mal/marks/n1"), "read_at")),
    commits("mal", "presence as Ada", presence("ada", "ada:1")),
    commits("mal", "presence as Ada, under one's own id", presence("ada", "mal:1")),
    commits("mal", "presence under Ada's id", presence("mal", "ada:1")),
    commits("mal", "presence under any id", presence("mal", "1")),
    commits("mal", "presence with more in it", presence("mal", "mal:1", role="admin")),
    commits("mal", "presence of a megabyte", presence("mal", "mal:1", place="x" * 500_000)),
    commits("mal", "presence of a list", presence("mal", "mal:1", place=["x"])),
    commits("mal", "presence that is hidden by a text", presence("mal", "mal:1", hidden="yes")),
    commits("mal", "presence for ever", presence("mal", "mal:1", expires_at=LATER)),
    commits("mal", "presence that has expired", presence("mal", "mal:1", expires_at=LONG_AGO)),
    commits("mal", "presence at another time", written("presence/mal:1", user_id="mal", place="", hidden=False,
            seen_at=LATER, expires_at={"timestampValue": "@in_half_an_hour"})),
    commits("mal", "Tom's presence ended", {"delete": "@root/presence/tom:1"}),
    commits("ned", "presence of somebody who is not registered", presence("ned", "ned:1")),
    asks("mal", "POST", "/bookings?documentId=mine", "a booking of one's own making",
         fields={"client_id": value("mal")}),
    asks("mal", "POST", "/bookings", "a booking under any id", fields={"client_id": value("mal")}),
    asks("mal", "PATCH", "/bookings/@booking?updateMask.fieldPaths=client_id", "a booking taken over",
         fields={"client_id": value("mal")}),
    asks("mal", "PATCH", "/bookings/@mals_late?updateMask.fieldPaths=fee_minor", "a fee struck out",
         fields={"fee_minor": value(0)}),
    asks("ada", "DELETE", "/disputes/@dispute", "a dispute withdrawn by hand"),
]  # fmt: skip
READS = [
    reads(who, path, f"{who or 'a visitor'} reads {path.replace('@', '')}")
    for path, people in PRIVATE.items()
    for who in people
]
OWNED = [
    attempt
    for path, who in WRITTEN_BY_US.items()
    for attempt in (
        commits(who, f"{who} writes {path.replace('@', '')}", written(path, status="mine")),
        commits(who, f"{who} deletes {path.replace('@', '')}", {"delete": f"@root/{path}"}),
    )
]


@pytest.mark.parametrize("attempt", [*READS, *QUERIES], ids=str)
def test_nobody_reads_beyond_what_is_theirs(arena: Arena, attempt: Attempt) -> None:
    arena.withstand(attempt)


@pytest.mark.parametrize("attempt", [*WRITES, *OWNED], ids=str)
def test_nobody_writes_beyond_marks_and_presence(arena: Arena, attempt: Attempt) -> None:
    arena.withstand(attempt)


def test_what_is_allowed_is_near(arena: Arena) -> None:
    """Each refusal above has a neighbour that is let through: else they would all pass for the wrong reason."""
    arena.succeed(reads("ada", "bookings/@booking", ""))
    arena.succeed(reads("tom", "sessions/@session", ""))
    arena.succeed(reads("sue", "clients/ada", ""))
    arena.succeed(reads("", "trainers/tom", ""))
    arena.succeed(finds("mal", "", query("bookings", MINE, limit=300)))
    arena.succeed(finds("", "", query("trainers", limit=100)))
    arena.succeed(counts("mal", "", query("bookings", MINE, limit=300)))
    arena.succeed(commits("mal", "", MARK))
    arena.succeed(commits("mal", "", presence("mal", "mal:1")))
    arena.succeed(
        commits("mal", "", {"delete": "@root/users/mal/marks/n1"}, {"delete": "@root/presence/mal:1"})
    )


def test_writes_that_stand_alone_are_judged_alone(arena: Arena) -> None:
    writes = [written("bookings/x", status="mine"), {"delete": "@root/bookings/@booking"}]

    with arena.unchanged():
        answer = arena.try_(asks("mal", "POST", ":batchWrite", "", writes=writes))

    assert answer.verdict == "PERMISSION_DENIED" or answer.text.count('"code": 7') == len(writes)


def test_a_read_that_is_denied_locks_nothing(arena: Arena) -> None:
    slot = {"service_id": "@boxing", "starts_at": at(18, days=8)}
    booking = arena.succeed(calls("ada", "bookings.book_session", "", "", **slot)).result["booking_id"]
    hers = {"documents": [f"@root/bookings/{booking}"]}
    begun = arena.succeed(asks("mal", "POST", ":beginTransaction", "", options={"readWrite": {}}))
    arena.withstand(
        asks("mal", "POST", ":batchGet", "in a new transaction", **hers, newTransaction={"readWrite": {}}),
        asks("mal", "POST", ":batchGet", "in one of before", **hers, transaction=begun.body["transaction"]),
    )

    arena.succeed(calls("ada", "bookings.cancel_booking", "", "", booking_id=booking))

    cancelled = arena.world.document(f"bookings/{booking}")
    assert cancelled is not None
    assert cancelled["status"] == "cancelled"


@pytest.mark.parametrize(
    "path",
    ["/bookings/..", "/bookings/.", "/bookings/__x__", "/bookings/%2e%2e", "/users/ada%2Finbox%2Fany",
     "/users/mal/../ada/inbox/any", "//bookings/@booking", "/bookings/@booking/", "/../documents/bookings/@booking",
     "/bookings%00/@booking", "/bookings/" + "x" * 1_501],
)  # fmt: skip
def test_paths_have_one_meaning(arena: Arena, path: str) -> None:
    attempt = asks("mal", "GET", path, f"the path {path[:30]}")

    with arena.unchanged():
        answer = arena.try_(attempt)

    assert answer.verdict in {"INVALID_ARGUMENT", "PERMISSION_DENIED", "NOT_FOUND", "UNIMPLEMENTED"}
    arena.assert_keeps_secrets(answer)


@pytest.mark.parametrize("project", ["another", "demo-evil"])
def test_another_project_or_database_is_not_ours(arena: Arena, project: str) -> None:
    doors = arena.doors
    for database in (
        f"projects/{project}/databases/(default)",
        f"projects/{doors.project}/databases/{project}",
    ):
        url = f"http://{doors.firestore}/v1/{database}/documents/bookings/{arena.names['booking']}"

        reply = doors.http.get(url, headers=doors.signed_in("mal"))

        assert "fields" not in reply.json()
