"""What callers may do by the rules of their project, operation by operation."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from emulator.core.databases import Databases
from emulator.core.errors import PermissionDenied, Unauthenticated
from emulator.core.paths import parse_database
from emulator.core.rpc.table import RPCS
from emulator.core.usage import measured
from emulator.permissions.access import RulesAccess, authorize_by_rules
from emulator.permissions.rulebook import Rulebook
from emulator.rules.ruleset import Ruleset
from emulator.service.callers import Caller
from emulator.service.identities import Identity
from emulator.service.service import OpenStream, Service
from emulator.wire import Target, Write
from tests.emulator.databases import DOCUMENTS, delete_document, set_document, store, structured_query
from tests.emulator.permissions.rulesets import rules_of
from tests.emulator.replica import TARGET_ID, Replica
from tests.emulator.values import DATABASE, document
from tests.http_calls import unsigned_token

NAME = parse_database(DATABASE)
OTHER = parse_database("projects/demo/databases/other")
STORED: dict[str, dict[str, Any]] = {"notes/a": {"owner": "ana", "n": 1}, "notes/b": {"owner": "ben"}}


class Bench:
    """Documents under rules, and calls of users."""

    def __init__(self, ruleset: Ruleset | None, *, explain: bool = True) -> None:
        self.rulebook = Rulebook(ruleset)
        self.databases = Databases(lock_seconds=0)
        self.authorize = authorize_by_rules(self.rulebook, explain=explain)
        store(self.databases.get(NAME).database, STORED)

    def call(self, rpc: str, /, *, by: str | None = "ana", **request: Any) -> Any:
        authorization = "" if by is None else f"Bearer {unsigned_token(by, 'demo', role='reader')}"
        return self.call_as(Caller(authorization=authorization), rpc, **request)

    def call_as(self, caller: Caller, rpc: str, /, **request: Any) -> Any:
        seen = self.databases.seen_by(lambda database: self.authorize(caller, database))
        return run(RPCS[rpc].serve(seen, RPCS[rpc].request(**request)))

    def get(self, path: str, **options: Any) -> Any:
        return self.call("GetDocument", name=f"{DOCUMENTS}/{path}", **options)

    def commit(self, *writes: Write, **options: Any) -> Any:
        return self.call("Commit", database=DATABASE, writes=writes, **options)

    def query(self, *condition: Any, **options: Any) -> list[str]:
        wanted = structured_query("notes", *([tuple(condition)] if condition else []))
        found = self.call("RunQuery", parent=DOCUMENTS, structured_query=wanted, **options)
        return [one.document.name.rpartition("/")[2] for one in found if one.HasField("document")]

    def listen(self, uid: str) -> Replica:
        instance = self.databases.get(NAME)
        access = RulesAccess(self.rulebook, Identity(claims={"sub": uid}), instance.database)
        return Replica(instance.database, instance.listeners, access)


def run(answer: Awaitable[Any]) -> Any:
    async def limited() -> Any:
        return await asyncio.wait_for(answer, 5)

    return asyncio.run(limited())


def bench(*blocks: str, explain: bool = True) -> Bench:
    return Bench(rules_of(*blocks), explain=explain)


OWN = "match /notes/{id} { allow read: if resource.data.owner == request.auth.uid; }"


def test_everything_is_allowed_without_rules() -> None:
    free = Bench(None)

    assert free.get("notes/b", by=None).name.endswith("notes/b")
    assert len(free.call("ListCollectionIds", by=None, parent=DOCUMENTS).collection_ids) == 1


def test_nothing_is_allowed_where_no_statement_applies() -> None:
    with pytest.raises(PermissionDenied, match="No matching allow statements"):
        bench().get("notes/a")


def test_document_is_read_by_whom_the_rules_name() -> None:
    notes = bench(OWN)

    assert notes.get("notes/a", by="ana").fields["n"].integer_value == 1
    for stranger in ("ben", None):
        with pytest.raises(PermissionDenied):
            notes.get("notes/a", by=stranger)


def test_owner_of_the_project_is_not_bound() -> None:
    assert (
        bench().call_as(Caller(authorization="Bearer owner"), "GetDocument", name=f"{DOCUMENTS}/notes/a").name
    )


def test_token_that_cannot_be_read_is_unauthenticated() -> None:
    for broken in ("Bearer nonsense", "Bearer a.b.c", "Basic abc", "Bearer e30.e30."):
        with pytest.raises(Unauthenticated):
            bench(OWN).call_as(Caller(authorization=broken), "GetDocument", name=f"{DOCUMENTS}/notes/a")


def test_claims_of_the_token_are_in_reach_of_rules() -> None:
    notes = bench("match /notes/{id} { allow get: if request.auth.token.role == 'reader'; }")

    assert notes.get("notes/b")
    with pytest.raises(PermissionDenied):
        notes.get("notes/b", by=None)


def test_one_denied_document_denies_the_whole_batch_get() -> None:
    names = [f"{DOCUMENTS}/notes/{name}" for name in "ab"]

    with pytest.raises(PermissionDenied):
        bench(OWN).call("BatchGetDocuments", database=DATABASE, documents=names)


def test_query_is_allowed_if_its_filter_implies_the_rule() -> None:
    notes = bench(OWN)

    assert notes.query("owner", "==", "ana") == ["a"]
    for refused in ((), ("owner", "==", "ben"), ("n", "==", 1)):
        with pytest.raises(PermissionDenied, match="for 'list' @ L3"):
            notes.query(*refused)


def test_count_is_judged_like_its_query() -> None:
    request: dict[str, Any] = {
        "parent": DOCUMENTS,
        "structured_aggregation_query": {
            "structured_query": structured_query("notes"),
            "aggregations": [{"alias": "n", "count": {}}],
        },
    }

    with pytest.raises(PermissionDenied):
        bench(OWN).call("RunAggregationQuery", **request)


METHODS: dict[str, Write] = {
    "create": set_document("notes/new", {"owner": "ana"}),
    "update": set_document("notes/a", {"owner": "ana", "n": 2}),
    "delete": delete_document("notes/a"),
}


@pytest.mark.parametrize("allowed", METHODS)
@pytest.mark.parametrize("written", METHODS)
def test_write_is_a_create_an_update_or_a_delete(allowed: str, written: str) -> None:
    notes = bench(f"match /notes/{{id}} {{ allow {allowed}; }}")

    if allowed == written:
        assert len(notes.commit(METHODS[written]).write_results) == 1
    else:
        with pytest.raises(PermissionDenied):
            notes.commit(METHODS[written])


def test_update_sees_the_whole_document_before_and_after() -> None:
    changed = "request.resource.data.diff(resource.data).affectedKeys()"
    notes = bench(f"match /notes/{{id}} {{ allow update: if {changed} == ['n'].toSet(); }}")
    write = Write(update=document("notes/a", {"n": 5}), update_mask={"field_paths": ["n"]})

    assert notes.commit(write)
    with pytest.raises(PermissionDenied):
        notes.commit(set_document("notes/a", {"n": 6}))


def test_server_time_is_the_time_of_the_request() -> None:
    notes = bench("match /notes/{id} { allow write: if request.resource.data.at == request.time; }")
    stamp = {"field_path": "at", "set_to_server_value": "REQUEST_TIME"}

    assert notes.commit(Write(update=document("notes/c", {}), update_transforms=[stamp]))
    with pytest.raises(PermissionDenied):
        notes.commit(set_document("notes/d", {"at": 1}))


PAIR = (
    "match /notes/{id} { allow create: if existsAfter(/databases/$(d)/documents/logs/$(id)); }",
    "match /logs/{id} { allow create: if getAfter(/databases/$(d)/documents/notes/$(id)).data.owner == 'ana'; }",
)


def test_writes_of_a_commit_see_what_all_of_them_leave() -> None:
    notes = bench(*PAIR)
    note, log = set_document("notes/c", {"owner": "ana"}), set_document("logs/c", {"x": 1})

    with pytest.raises(PermissionDenied):
        notes.commit(note)
    assert len(notes.commit(note, log).write_results) == 2


def test_rules_look_up_other_documents() -> None:
    notes = bench("match /notes/{id} { allow get: if get(/databases/$(d)/documents/notes/a).data.n == 1; }")

    assert notes.get("notes/b")
    store(notes.databases.get(NAME).database, {"notes/a": {"n": 2}})
    with pytest.raises(PermissionDenied):
        notes.get("notes/b")


def test_rules_look_up_documents_of_their_own_database() -> None:
    notes = bench("match /notes/{id} { allow get: if exists(/databases/$(d)/documents/notes/a); }")
    store(notes.databases.get(NAME).database, {"notes/c": {}})

    assert notes.get("notes/c")
    with pytest.raises(PermissionDenied):
        notes.call("GetDocument", name=f"{OTHER.documents}/notes/c")


def test_match_blocks_see_the_name_of_the_database() -> None:
    notes = bench("match /notes/{id} { allow get: if d == 'other'; }")
    write = Write(update={"name": f"{OTHER.documents}/notes/c"})
    notes.databases.get(OTHER).database.commit([write])

    assert notes.call("GetDocument", name=f"{OTHER.documents}/notes/c")
    with pytest.raises(PermissionDenied):
        notes.get("notes/a")


def test_denial_names_the_line_unless_that_is_hidden() -> None:
    with pytest.raises(PermissionDenied, match=r"false for 'get' @ L3"):
        bench(OWN).get("notes/b")
    with pytest.raises(PermissionDenied) as refusal:
        bench(OWN, explain=False).get("notes/b")
    assert refusal.value.message == "Missing or insufficient permissions."


def test_listener_is_removed_with_the_reason_when_a_change_takes_its_document_away() -> None:
    notes = bench(OWN)
    replica = notes.listen("ana")
    replica.listen_documents("notes/a")
    assert replica.paths() == {"notes/a"}

    store(notes.databases.get(NAME).database, {"notes/a": {"owner": "ben", "secret": 1}})

    assert "for 'get' @ L3" in replica.removed[TARGET_ID]
    assert "secret" not in replica.documents[TARGET_ID]["notes/a"].fields


MEMBERS = (
    "match /notes/{id} { allow read: if get(/databases/$(d)/documents/members/$(request.auth.uid)).data.ok; }"
)


def test_listener_ends_when_a_document_that_the_rules_read_takes_its_permission_away() -> None:
    notes = bench(MEMBERS)
    database = notes.databases.get(NAME).database
    store(database, {"members/ana": {"ok": True}, "members/ben": {"ok": True}})
    ana, ben = notes.listen("ana"), notes.listen("ben")
    ana.listen_documents("notes/a")
    ana.listen_query(structured_query("notes"), target_id=8)
    ben.listen_documents("notes/a")

    store(database, {"members/ana": {"ok": False}})

    assert set(ana.removed) == {TARGET_ID, 8}
    assert ben.removed == {}


def test_news_in_the_same_commit_as_the_loss_of_permission_are_not_told() -> None:
    notes = bench(MEMBERS)
    database = notes.databases.get(NAME).database
    store(database, {"members/ana": {"ok": True}})
    replica = notes.listen("ana")
    replica.listen_query(structured_query("notes"))

    database.commit([set_document("members/ana", {"ok": False}), set_document("notes/a", {"secret": 1})])

    assert TARGET_ID in replica.removed
    assert "secret" not in replica.documents[TARGET_ID]["notes/a"].fields


def test_listener_goes_on_where_a_change_of_what_the_rules_read_leaves_its_permission() -> None:
    notes = bench(MEMBERS)
    database = notes.databases.get(NAME).database
    store(database, {"members/ana": {"ok": True}})
    replica = notes.listen("ana")
    replica.listen_query(structured_query("notes"))

    store(database, {"members/ana": {"ok": True, "since": 1}})
    store(database, {"notes/c": {}})

    assert replica.removed == {}
    assert "notes/c" in replica.paths()


def test_target_that_was_removed_is_not_asked_about_again() -> None:
    notes = bench(MEMBERS)
    database = notes.databases.get(NAME).database
    store(database, {"members/ana": {"ok": True}})
    removed, closed, going_on = notes.listen("ana"), notes.listen("ana"), notes.listen("ana")
    for replica in (removed, closed, going_on):
        replica.listen_documents("notes/a")
    removed.stream.remove_target(TARGET_ID)
    closed.stream.close()
    for replica in (removed, closed):
        replica.take()

    store(database, {"members/ana": {"ok": False}})

    assert removed.take() == closed.take() == []
    assert TARGET_ID in going_on.removed


def test_listener_of_a_batch_depends_on_what_each_document_was_allowed_by() -> None:
    notes = bench("match /notes/{id} { allow get: if get(/databases/$(d)/documents/doors/$(id)).data.open; }")
    database = notes.databases.get(NAME).database
    store(database, {"doors/a": {"open": True}, "doors/b": {"open": True}})
    replica = notes.listen("ana")
    replica.listen_documents("notes/a", "notes/b")

    store(database, {"doors/b": {"open": False}})

    assert TARGET_ID in replica.removed


def test_documents_that_rules_look_up_are_billed_once_a_call_also_where_they_deny() -> None:
    notes = bench(MEMBERS)
    store(notes.databases.get(NAME).database, {"members/ana": {"ok": True}})

    with measured() as one:
        notes.get("notes/a")
    with measured() as both:
        notes.call(
            "BatchGetDocuments", database=DATABASE, documents=[f"{DOCUMENTS}/notes/{id_}" for id_ in "ab"]
        )
    with measured() as denied, pytest.raises(PermissionDenied):
        notes.get("notes/a", by="ben")

    assert (one.reads, both.reads) == (2, 3)
    assert denied.reads == 1


def test_listener_pays_for_what_rules_look_up_each_time_it_is_judged() -> None:
    notes = bench(MEMBERS)
    database = notes.databases.get(NAME).database
    store(database, {"members/ana": {"ok": True}})
    service = Service(notes.databases, notes.authorize)
    ana = Caller("screen", f"Bearer {unsigned_token('ana', 'demo')}")

    def billed(act: Callable[[], object]) -> int:
        service.meter.reset()
        act()
        return int(service.meter.report()["reads"])

    stream = OpenStream(service, "Listen", DATABASE, ana, None).listen(lambda response: None)
    target = Target(target_id=TARGET_ID, documents={"documents": [f"{DOCUMENTS}/notes/a"]})

    assert billed(lambda: stream.add_target(target)) == 2
    assert billed(lambda: store(database, {"notes/a": {"n": 2}})) == 2
    assert billed(lambda: store(database, {"members/ana": {"ok": True, "n": 1}})) == 1
    assert billed(lambda: store(database, {"notes/b": {"n": 2}})) == 0


def test_new_rules_reach_those_who_listen_already() -> None:
    notes = bench(OWN)
    replica = notes.listen("ana")
    replica.listen_documents("notes/a")
    notes.rulebook.observers.append(lambda project: notes.databases.get(NAME).listeners.recheck())

    notes.rulebook.replace("demo", rules_of())

    assert TARGET_ID in replica.removed


def test_rules_of_a_project_go_before_the_default() -> None:
    rulebook = Rulebook(rules_of(OWN))
    own = rules_of()
    rulebook.replace("demo", own)
    rulebook.replace_default(rules_of())

    assert rulebook.find("demo") is own
    assert rulebook.find("another") is not own
