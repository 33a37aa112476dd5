"""What restricted users are asked about, and that a refusal leaves everything as it was."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any

import pytest

from emulator.core.access import NO_GROUNDS, Grounds
from emulator.core.clock import to_micros
from emulator.core.databases import Databases
from emulator.core.documents import Version
from emulator.core.errors import NotFound, PermissionDenied
from emulator.core.history import Commit
from emulator.core.paths import parse_database
from emulator.core.rpc.table import RPCS
from emulator.core.rpc.write_stream import WriteStream
from emulator.wire import MESSAGES, StructuredQuery, Write
from tests.emulator.databases import DOCUMENTS, delete_document, set_document, store, structured_query
from tests.emulator.replica import TARGET_ID, Replica
from tests.emulator.values import DATABASE, document

NAME = parse_database(DATABASE)
FIELDS = {"x": 1}


class Guard:
    """Keeps what it is asked; refuses what concerns the collection `secret`, and everything once it is closed."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.closed = False

    def _answer(self, question: Any, secret: bool) -> None:
        self.asked.append(question)
        if secret or self.closed:
            raise PermissionDenied("no")

    def check_get(self, documents: Mapping[str, Version | None]) -> Grounds:
        found = {path: version is not None for path, version in documents.items()}
        self._answer(("get", found), any(path.startswith("secret/") for path in documents))
        return NO_GROUNDS

    def check_list(self, parent: str, query: StructuredQuery) -> Grounds:
        collection = query.from_[0].collection_id
        self._answer(("list", parent, collection, query.limit.value), collection == "secret")
        return NO_GROUNDS

    def check_write(self, proposed: Commit) -> None:
        changes = {change.record.path: (change.old is not None, change.new) for change in proposed.changes}
        for _, new in changes.values():
            assert new is None or new.time <= proposed.time
        told = {
            path: ("create", "update")[existed] if new else "delete"
            for path, (existed, new) in changes.items()
        }
        self._answer(("write", told), any(path.startswith("secret/") for path in told))

    def check_owner(self, what: str) -> None:
        self._answer(("owner", what), True)


@pytest.fixture
def guard() -> Guard:
    return Guard()


@pytest.fixture
def databases() -> Databases:
    made = Databases(lock_seconds=0)
    store(made.get(NAME).database, {"open/a": FIELDS, "secret/a": FIELDS})
    return made


@pytest.fixture
def seen(databases: Databases, guard: Guard) -> Databases:
    return databases.seen_by(lambda database: guard)


def run(answer: Awaitable[Any]) -> Any:
    async def limited() -> Any:
        return await asyncio.wait_for(answer, 5)

    return asyncio.run(limited())


def call(databases: Databases, rpc: str, /, **request: Any) -> Any:
    return run(RPCS[rpc].serve(databases, RPCS[rpc].request(**request)))


def name(path: str) -> str:
    return f"{DOCUMENTS}/{path}"


def paths(databases: Databases) -> dict[str, int]:
    return {path: version.time for path, version in databases.get(NAME).database.versions()}


QUERY = {"parent": DOCUMENTS, "structured_query": structured_query("open", limit=5)}
ALLOWED: list[tuple[str, dict[str, Any], Any]] = [
    ("GetDocument", {"name": name("open/a")}, ("get", {"open/a": True})),
    (
        "BatchGetDocuments",
        {"database": DATABASE, "documents": [name("open/a"), name("open/z")]},
        ("get", {"open/a": True, "open/z": False}),
    ),
    ("RunQuery", QUERY, ("list", "", "open", 5)),
    (
        "RunQuery",
        {"parent": name("open/a"), "structured_query": structured_query("sub")},
        ("list", "open/a", "sub", 0),
    ),
    (
        "RunAggregationQuery",
        {
            "parent": DOCUMENTS,
            "structured_aggregation_query": {
                "structured_query": structured_query("open"),
                "aggregations": [{"count": {}}],
            },
        },
        ("list", "", "open", 0),
    ),
    (
        "ListDocuments",
        {"parent": DOCUMENTS, "collection_id": "open", "page_size": 7},
        ("list", "", "open", 7),
    ),
    (
        "CreateDocument",
        {"parent": DOCUMENTS, "collection_id": "open", "document_id": "b", "document": document("", FIELDS)},
        ("write", {"open/b": "create"}),
    ),
    ("UpdateDocument", {"document": document("open/a", {"x": 2})}, ("write", {"open/a": "update"})),
    ("UpdateDocument", {"document": document("open/a", FIELDS)}, ("write", {"open/a": "update"})),
    ("DeleteDocument", {"name": name("open/a")}, ("write", {"open/a": "delete"})),
    ("DeleteDocument", {"name": name("open/z")}, ("write", {"open/z": "delete"})),
    (
        "Commit",
        {"database": DATABASE, "writes": [set_document("open/b", FIELDS), delete_document("open/a")]},
        ("write", {"open/b": "create", "open/a": "delete"}),
    ),
]


@pytest.mark.parametrize(("rpc", "request_fields", "question"), ALLOWED)
def test_every_call_asks_once(
    seen: Databases, guard: Guard, rpc: str, request_fields: dict[str, Any], question: Any
) -> None:
    call(seen, rpc, **request_fields)

    assert guard.asked == [question]


@pytest.mark.parametrize(("rpc", "request_fields", "question"), ALLOWED)
def test_no_call_is_served_to_those_who_may_nothing(
    seen: Databases,
    databases: Databases,
    guard: Guard,
    rpc: str,
    request_fields: dict[str, Any],
    question: Any,
) -> None:
    before = paths(databases)
    guard.closed = True

    with pytest.raises(PermissionDenied):
        call(seen, rpc, **request_fields)

    assert paths(databases) == before


def test_owners_are_not_asked(databases: Databases, guard: Guard) -> None:
    for rpc, request, _ in ALLOWED[:6]:
        call(databases, rpc, **request)

    assert guard.asked == []


@pytest.mark.parametrize(
    ("rpc", "request_fields"),
    [
        ("ListCollectionIds", {"parent": DOCUMENTS}),
        ("ListDocuments", {"parent": DOCUMENTS, "collection_id": "open", "show_missing": True}),
    ],
)
def test_what_only_owners_may_do_is_refused(
    seen: Databases, rpc: str, request_fields: dict[str, Any]
) -> None:
    with pytest.raises(PermissionDenied):
        call(seen, rpc, **request_fields)


def test_one_refused_document_refuses_the_whole_commit(seen: Databases, databases: Databases) -> None:
    before = paths(databases)

    with pytest.raises(PermissionDenied):
        call(
            seen,
            "Commit",
            database=DATABASE,
            writes=[set_document("open/b", FIELDS), set_document("secret/b", FIELDS)],
        )

    assert paths(databases) == before


def test_a_batch_write_is_judged_write_by_write(seen: Databases, databases: Databases) -> None:
    writes = [
        set_document("open/b", FIELDS),
        set_document("secret/b", FIELDS),
        set_document("open/c", FIELDS),
    ]

    response = call(seen, "BatchWrite", database=DATABASE, writes=writes)

    assert [status.code for status in response.status] == [0, 7, 0]
    assert set(paths(databases)) == {"open/a", "secret/a", "open/b", "open/c"}


def test_a_write_stream_is_judged(seen: Databases, databases: Databases) -> None:
    stream = WriteStream(seen)
    opened = run(stream.answer(MESSAGES["WriteRequest"](database=DATABASE)))

    with pytest.raises(PermissionDenied):
        run(
            stream.answer(
                MESSAGES["WriteRequest"](
                    stream_token=opened.stream_token, writes=[set_document("secret/b", FIELDS)]
                )
            )
        )

    assert "secret/b" not in paths(databases)


@pytest.mark.parametrize(("path", "refusal"), [("secret/z", PermissionDenied), ("open/z", NotFound)])
def test_permission_is_asked_before_preconditions_tell_what_exists(
    seen: Databases, path: str, refusal: type[Exception]
) -> None:
    write = set_document(path, FIELDS)
    write.current_document.exists = True

    with pytest.raises(refusal):
        call(seen, "Commit", database=DATABASE, writes=[write])


def test_server_times_are_the_time_of_the_request_in_milliseconds(databases: Databases) -> None:
    instance = databases.get(NAME)
    transform = {"field_path": "at", "set_to_server_value": "REQUEST_TIME"}
    write = Write(update=document("open/b", {}), update_transforms=[transform])

    proposed = instance.database.proposed([write])

    new = proposed.changes[0].new
    assert new is not None
    assert to_micros(new.document.fields["at"].timestamp_value) == proposed.time // 1000 * 1000
    assert instance.database.find("open/b") is None


@pytest.fixture
def replica(seen: Databases, guard: Guard) -> Replica:
    instance = seen.get(NAME)
    return Replica(instance.database, instance.listeners, guard)


def test_a_refused_target_is_removed_with_the_reason_and_others_go_on(replica: Replica) -> None:
    replica.listen_query(structured_query("secret"), target_id=1)
    replica.listen_documents("secret/a", target_id=2)
    replica.listen_query(structured_query("open"), target_id=3)

    assert replica.removed == {1: "no", 2: "no"}
    assert replica.paths(3) == {"open/a"}


def test_a_target_is_asked_for_again_when_its_documents_change(
    replica: Replica, databases: Databases, guard: Guard
) -> None:
    replica.listen_documents("open/a")
    store(databases.get(NAME).database, {"open/a": {"x": 2}})
    assert guard.asked == [("get", {"open/a": True})] * 2

    guard.closed = True
    store(databases.get(NAME).database, {"open/a": {"x": 3}})

    assert replica.removed == {TARGET_ID: "no"}
    assert replica.documents[TARGET_ID]["open/a"].fields["x"].integer_value == 2
    assert databases.get(NAME).listeners.views == 0


def test_targets_are_asked_for_again_when_the_rules_change(replica: Replica, guard: Guard) -> None:
    replica.listen_query(structured_query("open"))
    replica.stream.recheck()
    assert replica.removed == {}

    guard.closed = True
    replica.stream.recheck()

    assert replica.removed == {TARGET_ID: "no"}
