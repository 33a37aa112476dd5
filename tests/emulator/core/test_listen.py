"""Listeners see what a query of the same moment finds, now and after they resume."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core.database import Database
from emulator.core.errors import InvalidArgument
from emulator.core.listen.registry import Listeners
from emulator.wire import StructuredQuery, Target, TargetChange
from tests.emulator.databases import (
    delete_document,
    empty_database,
    parsed,
    paths,
    set_document,
    store,
    structured_query,
)
from tests.emulator.replica import TARGET_ID, Replica

names = st.sampled_from([f"a/{name}" for name in "bcdef"])
writes = st.one_of(
    st.builds(set_document, names, st.fixed_dictionaries({"x": st.integers(0, 4)})),
    st.builds(delete_document, names),
)
commits = st.lists(st.lists(writes, min_size=1, max_size=3), max_size=6)
queries = st.sampled_from(
    [
        structured_query("a"),
        structured_query("a", ("x", ">", 1)),
        structured_query("a", ("x", "in", [1, 3]), [("x", -1)]),
        structured_query("a", None, [("x", 1)], limit=2),
        structured_query("a", ("x", "<", 4), [("x", -1)], limit=3),
        structured_query("a", None, [("x", 1)], offset=1, limit=2),
        structured_query("a", None, [("x", 1)], start=([1], True), end=([3], True)),
        structured_query("a", all_descendants=True, limit=1),
    ]
)


@pytest.fixture
def database() -> Database:
    return empty_database()


@pytest.fixture
def replica(database: Database) -> Replica:
    return Replica(database, Listeners(database))


def kinds(replica: Replica) -> list[str]:
    """The kinds of what was received, target changes by their type."""
    return [
        TargetChange.TargetChangeType.Name(message.target_change.target_change_type)
        if message.HasField("target_change")
        else str(message.WhichOneof("response_type"))
        for message in (response.message for response in replica.take())
    ]


@given(commits, commits, queries)
@settings(max_examples=200)
def test_holds_what_the_query_finds_after_every_commit(
    before: list[Any], after: list[Any], query: StructuredQuery
) -> None:
    database = empty_database()
    replica = Replica(database, Listeners(database))
    for commit in before:
        database.commit(commit)
    replica.listen_query(query)

    for commit in [[], *after]:
        database.commit(commit)
        assert replica.paths() == set(paths(database.query(parsed(query))))


@given(commits, commits, queries)
@settings(max_examples=200)
def test_a_resumed_target_catches_up_from_its_token(
    before: list[Any], missed: list[Any], query: StructuredQuery
) -> None:
    database = empty_database()
    listeners = Listeners(database)
    first = Replica(database, listeners)
    for commit in before:
        database.commit(commit)
    first.listen_query(query)
    first.stream.close()
    for commit in missed:
        database.commit(commit)

    second = Replica(database, listeners)
    second.documents = first.documents
    kept = dict(first.documents[TARGET_ID])
    second.listen_query(query, resume_token=first.token)
    resumed = kept | second.documents[TARGET_ID]
    gone = {message.message.document_delete.document for message in second.received}
    gone |= {message.message.document_remove.document for message in second.received}
    gone |= {
        message.message.document_change.document.name
        for message in second.received
        if message.message.document_change.removed_target_ids
    }

    assert {path for path, document in resumed.items() if document.name not in gone} == set(
        paths(database.query(parsed(query)))
    )


def test_begins_with_the_results_then_says_that_they_are_current(
    database: Database, replica: Replica
) -> None:
    store(database, {"a/b": {"x": 1}, "a/c": {"x": 2}})

    replica.listen_query(structured_query("a"))

    assert kinds(replica) == ["ADD", "document_change", "document_change", "CURRENT", "NO_CHANGE"]
    assert replica.current == {TARGET_ID}


def test_the_snapshot_after_a_commit_is_not_older_than_the_commit(
    database: Database, replica: Replica
) -> None:
    replica.listen_query(structured_query("a"))

    committed = store(database, {"a/b": {"x": 1}})

    document = replica.documents[TARGET_ID]["a/b"]
    assert document.update_time.ToMicroseconds() == committed.time <= replica.read_time


def test_a_document_that_stops_matching_is_sent_with_its_new_content(
    database: Database, replica: Replica
) -> None:
    store(database, {"a/b": {"x": 1}})
    replica.listen_query(structured_query("a", ("x", "==", 1)))
    replica.take()

    store(database, {"a/b": {"x": 2}})

    change = replica.take()[0].message.document_change
    assert list(change.removed_target_ids) == [TARGET_ID]
    assert change.document.fields["x"].integer_value == 2


def test_a_deleted_document_is_sent_as_deleted(database: Database, replica: Replica) -> None:
    store(database, {"a/b": {"x": 1}})
    replica.listen_query(structured_query("a"))
    replica.take()

    database.commit([delete_document("a/b")])

    assert kinds(replica) == ["document_delete", "NO_CHANGE"]


def test_a_limit_refills_when_a_document_leaves(database: Database, replica: Replica) -> None:
    store(database, {f"a/{name}": {"x": place} for place, name in enumerate("bcd")})
    replica.listen_query(structured_query("a", None, [("x", 1)], limit=2))
    assert replica.paths() == {"a/b", "a/c"}
    replica.take()

    database.commit([delete_document("a/b")])

    assert replica.paths() == {"a/c", "a/d"}
    assert kinds(replica) == ["document_delete", "document_change", "NO_CHANGE"]


def test_a_document_pushed_out_by_the_limit_is_removed_without_content(
    database: Database, replica: Replica
) -> None:
    store(database, {"a/b": {"x": 1}, "a/c": {"x": 2}})
    replica.listen_query(structured_query("a", None, [("x", 1)], limit=2))
    replica.take()

    store(database, {"a/d": {"x": 0}})

    assert replica.paths() == {"a/b", "a/d"}
    assert kinds(replica) == ["document_remove", "document_change", "NO_CHANGE"]


def test_a_missing_document_is_news_for_a_document_target(database: Database, replica: Replica) -> None:
    replica.listen_documents("a/b")
    assert kinds(replica) == ["ADD", "document_delete", "CURRENT", "NO_CHANGE"]

    store(database, {"a/b": {"x": 1}})

    assert replica.paths() == {"a/b"}


def test_a_commit_that_concerns_no_target_is_not_told(database: Database, replica: Replica) -> None:
    replica.listen_query(structured_query("a"))
    replica.take()

    store(database, {"b/c": {"x": 1}, "a/b/c/d": {"x": 1}})

    assert replica.take() == []


def test_a_write_that_changes_nothing_still_moves_the_snapshot_on(
    database: Database, replica: Replica
) -> None:
    store(database, {"a/b": {"x": 1}})
    replica.listen_query(structured_query("a"))
    replica.take()

    committed = database.commit([set_document("a/b", {"x": 1}), delete_document("a/missing")])

    assert kinds(replica) == ["NO_CHANGE"]
    assert replica.read_time == committed.time


def test_several_targets_share_one_response_per_document(database: Database, replica: Replica) -> None:
    replica.listen_query(structured_query("a"), 1)
    replica.listen_query(structured_query("a", ("x", ">", 0)), 2)
    replica.listen_documents("a/b", target_id=3)
    replica.take()

    store(database, {"a/b": {"x": 1}})

    (change, snapshot) = replica.take()
    assert sorted(change.message.document_change.target_ids) == [1, 2, 3]
    assert not snapshot.message.target_change.target_ids


def test_equal_queries_of_many_streams_share_one_response(database: Database) -> None:
    listeners = Listeners(database)
    replicas = [Replica(database, listeners) for _ in range(3)]
    for replica in replicas:
        replica.listen_query(structured_query("a"))
        replica.take()

    store(database, {"a/b": {"x": 1}})

    assert len({id(replica.take()[0]) for replica in replicas}) == 1


def test_a_removed_target_hears_no_more(database: Database, replica: Replica) -> None:
    replica.listen_query(structured_query("a"))
    replica.stream.remove_target(TARGET_ID)
    assert kinds(replica)[-1] == "REMOVE"

    store(database, {"a/b": {"x": 1}})

    assert replica.take() == []


def test_a_once_target_ends_when_it_is_current(replica: Replica) -> None:
    replica.listen_query(structured_query("a"), once=True)

    assert kinds(replica) == ["ADD", "CURRENT", "NO_CHANGE", "REMOVE"]


def test_an_impossible_query_is_removed_with_its_reason(replica: Replica) -> None:
    replica.listen_query(structured_query("a", ("x", "in", [])))

    assert "non-empty array" in replica.removed[TARGET_ID]


def test_a_target_id_in_use_is_refused(replica: Replica) -> None:
    replica.listen_query(structured_query("a"))

    with pytest.raises(InvalidArgument, match="already in use"):
        replica.listen_query(structured_query("b"))


def test_an_unnamed_target_gets_a_free_id(replica: Replica) -> None:
    replica.listen_documents("a/b", target_id=1)
    replica.listen_documents("a/b", target_id=0)

    assert replica.current == {1, 2}


def test_a_resume_sends_only_what_changed(database: Database, replica: Replica) -> None:
    store(database, {"a/b": {"x": 1}, "a/c": {"x": 2}, "a/d": {"x": 3}})
    replica.listen_query(structured_query("a"))
    replica.stream.remove_target(TARGET_ID)
    database.commit([set_document("a/b", {"x": 5}), delete_document("a/c")])
    replica.take()

    replica.listen_query(structured_query("a"), resume_token=replica.token)

    assert kinds(replica) == ["ADD", "document_change", "document_delete", "CURRENT", "NO_CHANGE"]


def test_a_resume_from_before_a_clear_starts_over(database: Database, replica: Replica) -> None:
    store(database, {"a/b": {"x": 1}})
    replica.listen_query(structured_query("a"))
    token = replica.token
    replica.stream.remove_target(TARGET_ID)
    database.clear()
    store(database, {"a/c": {"x": 1}})
    replica.take()

    replica.listen_query(structured_query("a"), resume_token=token)

    assert kinds(replica) == ["ADD", "RESET", "document_change", "CURRENT", "NO_CHANGE"]


def test_a_foreign_resume_token_is_refused(replica: Replica) -> None:
    replica.listen_query(structured_query("a"), resume_token=b"not ours")

    assert kinds(replica) == ["ADD", "RESET", "CURRENT", "NO_CHANGE"]

    replica.listen_query(structured_query("a"), 8, resume_token=b"odd")
    assert "not issued" in replica.removed[8]


def test_a_client_that_miscounts_is_told_the_count(database: Database, replica: Replica) -> None:
    store(database, {"a/b": {"x": 1}, "a/c": {"x": 2}})
    replica.listen_query(structured_query("a"))
    replica.stream.remove_target(TARGET_ID)
    store(database, {"a/d": {"x": 3}})

    replica.listen_query(structured_query("a"), 8, resume_token=replica.token, expected_count={"value": 2})
    assert replica.filters == []

    replica.listen_query(structured_query("a"), 9, resume_token=replica.token, expected_count={"value": 5})
    assert replica.filters == [(9, 3)]


def test_closed_streams_leave_nothing_behind(database: Database) -> None:
    listeners = Listeners(database)
    replica = Replica(database, listeners)
    replica.listen_query(structured_query("a"))
    replica.listen_documents("a/b", "a/c", target_id=8)

    replica.stream.close()

    assert listeners.views == 0


def test_a_target_without_content_is_removed_with_its_reason(replica: Replica) -> None:
    replica.stream.add_target(Target(target_id=5))

    assert "must name documents" in replica.removed[5]
