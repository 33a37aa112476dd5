"""RPCs whose requests the client library does not make, or makes in one form only."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

import pytest

from emulator.core.clock import to_timestamp
from emulator.core.databases import Databases
from emulator.core.documents import Version
from emulator.core.errors import (
    Aborted,
    AlreadyExists,
    InvalidArgument,
    NotFound,
    ResourceExhausted,
    Unimplemented,
)
from emulator.core.paths import DatabaseName, parse_database
from emulator.core.rpc.table import RPCS
from emulator.core.rpc.write_stream import WriteStream
from emulator.wire import MESSAGES
from tests.emulator.databases import DOCUMENTS, delete_document, set_document, store, structured_query
from tests.emulator.values import DATABASE, Vector, document, value

Result = TypeVar("Result")
AGGREGATED = {"structured_query": structured_query("a"), "aggregations": [{"count": {}}]}


@pytest.fixture
def databases() -> Databases:
    made = Databases(lock_seconds=0)
    store(made.get(parse_database(DATABASE)).database, {f"a/{name}": {"x": ord(name)} for name in "bcde"})
    return made


def run(answer: Awaitable[Result]) -> Result:
    async def limited() -> Result:
        return await asyncio.wait_for(answer, 5)

    return asyncio.run(limited())


def call(databases: Databases, rpc_name: str, /, **request: Any) -> Any:
    rpc = RPCS[rpc_name]
    answer: Any = run(rpc.serve(databases, rpc.request(**request)))
    return answer


def names(documents: Any) -> list[str]:
    return [one.name.removeprefix(f"{DOCUMENTS}/") for one in documents]


def test_get_document_reads_a_mask(databases: Databases) -> None:
    found = call(databases, "GetDocument", name=f"{DOCUMENTS}/a/b", mask={"field_paths": ["y"]})

    assert found.name == f"{DOCUMENTS}/a/b"
    assert not found.fields


def test_get_document_refuses_what_is_missing(databases: Databases) -> None:
    with pytest.raises(NotFound, match="a/missing"):
        call(databases, "GetDocument", name=f"{DOCUMENTS}/a/missing")


def test_create_document_makes_up_an_id(databases: Databases) -> None:
    created = call(
        databases, "CreateDocument", parent=DOCUMENTS, collection_id="a", document=document("", {"x": 1})
    )

    assert len(created.name.rpartition("/")[2]) == 20
    assert call(databases, "GetDocument", name=created.name).fields["x"] == value(1)


def test_create_document_refuses_what_exists(databases: Databases) -> None:
    with pytest.raises(AlreadyExists, match="a/b"):
        call(databases, "CreateDocument", parent=DOCUMENTS, collection_id="a", document_id="b")


def test_update_document_changes_what_its_mask_names(databases: Databases) -> None:
    updated = call(
        databases,
        "UpdateDocument",
        document=document("a/b", {"y": 2, "z": 3}),
        update_mask={"field_paths": ["y"]},
        mask={"field_paths": ["x", "y"]},
        current_document={"exists": True},
    )

    assert dict(updated.fields) == {"x": value(ord("b")), "y": value(2)}


def test_delete_document_honours_its_precondition(databases: Databases) -> None:
    call(databases, "DeleteDocument", name=f"{DOCUMENTS}/a/b")
    call(databases, "DeleteDocument", name=f"{DOCUMENTS}/a/b")

    with pytest.raises(NotFound):
        call(databases, "DeleteDocument", name=f"{DOCUMENTS}/a/b", current_document={"exists": True})


@pytest.mark.parametrize(
    ("order_by", "expected"), [("", "bcde"), ("x desc", "edcb"), ("x, __name__", "bcde")]
)
def test_documents_are_listed_page_by_page(databases: Databases, order_by: str, expected: str) -> None:
    listed, token = "", ""
    for _ in range(2):
        page = call(
            databases,
            "ListDocuments",
            parent=DOCUMENTS,
            collection_id="a",
            page_size=3,
            page_token=token,
            order_by=order_by,
        )
        listed += "".join(name[-1] for name in names(page.documents))
        token = page.next_page_token

    assert (listed, token) == (expected, "")


def test_documents_of_all_collections_are_listed_with_the_missing(databases: Databases) -> None:
    store(databases.get(parse_database(DATABASE)).database, {"z/gone/y/1": {}})

    page = call(databases, "ListDocuments", parent=DOCUMENTS, show_missing=True)

    assert names(page.documents) == ["a/b", "a/c", "a/d", "a/e", "z/gone"]


@pytest.mark.parametrize(
    "wrong", [{"page_token": "?"}, {"order_by": "x sideways"}, {"order_by": "x", "show_missing": True}]
)
def test_a_malformed_listing_is_refused(databases: Databases, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument):
        call(databases, "ListDocuments", parent=DOCUMENTS, collection_id="a", **wrong)


def test_collection_ids_are_listed_page_by_page(databases: Databases) -> None:
    store(databases.get(parse_database(DATABASE)).database, {f"{name}/1": {} for name in "bcd"})

    first = call(databases, "ListCollectionIds", parent=DOCUMENTS, page_size=3)
    last = call(databases, "ListCollectionIds", parent=DOCUMENTS, page_token=first.next_page_token)

    assert [list(first.collection_ids), list(last.collection_ids)] == [["a", "b", "c"], ["d"]]
    assert last.next_page_token == ""


def test_partition_cursors_come_page_by_page(databases: Databases) -> None:
    query = structured_query("a", None, [("__name__", 1)], all_descendants=True)
    first = call(
        databases, "PartitionQuery", parent=DOCUMENTS, structured_query=query, partition_count=3, page_size=2
    )
    last = call(
        databases,
        "PartitionQuery",
        parent=DOCUMENTS,
        structured_query=query,
        partition_count=3,
        page_token=first.next_page_token,
    )

    cursors = [*first.partitions, *last.partitions]
    assert [cursor.values[0].reference_value[-1] for cursor in cursors] == ["c", "d", "e"]


def test_a_partition_of_a_filtered_query_is_refused(databases: Databases) -> None:
    query = structured_query("a", ("x", "==", 1), all_descendants=True)

    with pytest.raises(InvalidArgument, match="unfiltered"):
        call(databases, "PartitionQuery", parent=DOCUMENTS, structured_query=query, partition_count=3)


@pytest.mark.parametrize(
    ("name", "request_"),
    [
        ("BatchGetDocuments", {"database": DATABASE, "documents": [f"{DOCUMENTS}/a/b"]}),
        ("BatchGetDocuments", {"database": DATABASE}),
        ("RunQuery", {"parent": DOCUMENTS, "structured_query": structured_query("a")}),
        ("RunAggregationQuery", {"parent": DOCUMENTS, "structured_aggregation_query": AGGREGATED}),
    ],
)
def test_a_read_can_begin_a_transaction_that_locks_what_it_read(
    databases: Databases, name: str, request_: dict[str, Any]
) -> None:
    first, *others = call(databases, name, new_transaction={"read_write": {}}, **request_)

    assert first.transaction
    assert not any(response.transaction for response in others)
    if name != "BatchGetDocuments" or "documents" in request_:
        with pytest.raises(Aborted):
            call(databases, "Commit", database=DATABASE, writes=[set_document("a/b", {"x": 0})])
    call(databases, "Commit", database=DATABASE, transaction=first.transaction)


def test_found_documents_come_before_missing_ones(databases: Databases) -> None:
    wanted = [f"{DOCUMENTS}/a/{name}" for name in ("missing", "b", "b")]

    responses = list(call(databases, "BatchGetDocuments", database=DATABASE, documents=wanted))

    assert [response.WhichOneof("result") for response in responses] == ["found", "missing"]


def test_a_query_without_results_still_tells_its_read_time(databases: Databases) -> None:
    (response,) = call(databases, "RunQuery", parent=DOCUMENTS, structured_query=structured_query("none"))

    assert response.HasField("read_time")
    assert not response.HasField("document")


def test_each_write_of_a_batch_has_its_own_status(databases: Databases) -> None:
    refused = set_document("a/missing", {})
    refused.current_document.exists = True

    response = call(
        databases, "BatchWrite", database=DATABASE, writes=[refused, set_document("a/b", {"x": 0})]
    )

    assert [status.code for status in response.status] == [5, 0]
    assert [result.HasField("update_time") for result in response.write_results] == [False, True]


def test_what_a_batch_writes_takes_effect_together(databases: Databases) -> None:
    database = databases.get(parse_database(DATABASE)).database
    seen: list[tuple[list[str], frozenset[str]]] = []
    database.observers.append(
        lambda commit, touched: seen.append(([change.record.path for change in commit.changes], touched))
    )
    same, refused = set_document("a/c", {"x": ord("c")}), set_document("a/missing", {})
    refused.current_document.exists = True
    writes = [set_document("a/b", {"x": 0}), same, refused, delete_document("a/d"), delete_document("a/none")]

    response = call(databases, "BatchWrite", database=DATABASE, writes=writes)

    assert [status.code for status in response.status] == [0, 0, 5, 0, 0]
    assert seen == [(["a/b", "a/d"], frozenset({"a/b", "a/c", "a/d", "a/none"}))]
    stored = [version.document for _, version in database.versions()]
    assert names(stored) == ["a/b", "a/c", "a/e"]
    assert response.write_results[0].update_time == stored[0].update_time
    assert response.write_results[1].update_time == stored[1].update_time != stored[0].update_time


def test_a_batch_that_is_refused_whole_tells_nobody(databases: Databases) -> None:
    database = databases.get(parse_database(DATABASE)).database
    database.observers.append(lambda commit, touched: pytest.fail("nothing has happened"))
    refused = set_document("a/missing", {})
    refused.current_document.exists = True

    response = call(databases, "BatchWrite", database=DATABASE, writes=[refused])

    assert [status.code for status in response.status] == [5]


def test_a_write_of_a_batch_waits_for_the_transaction_that_has_read_its_document(
    databases: Databases,
) -> None:
    begun = call(databases, "BeginTransaction", database=DATABASE)
    call(databases, "GetDocument", name=f"{DOCUMENTS}/a/b", transaction=begun.transaction)
    writes = [set_document("a/b", {"x": 0}), set_document("a/c", {"x": 0})]

    response = call(databases, "BatchWrite", database=DATABASE, writes=writes)

    assert [status.code for status in response.status] == [Aborted.code, 0]


def test_a_batch_that_the_disk_does_not_take_is_refused_write_by_write() -> None:
    def refuse(name: DatabaseName, time: int, changed: Mapping[str, Version | None]) -> None:
        raise ResourceExhausted("the disk is full")

    databases = Databases(keep=refuse)
    missing = set_document("a/missing", {})
    missing.current_document.exists = True

    response = call(databases, "BatchWrite", database=DATABASE, writes=[missing, set_document("a/b", {})])

    assert [status.code for status in response.status] == [NotFound.code, ResourceExhausted.code]
    assert not list(databases.get(parse_database(DATABASE)).database.versions())


def test_a_batch_that_writes_a_document_twice_is_refused(databases: Databases) -> None:
    with pytest.raises(InvalidArgument, match="twice"):
        call(databases, "BatchWrite", database=DATABASE, writes=[set_document("a/b", {})] * 2)


def explained(databases: Databases, *, analyze: bool, **query: Any) -> list[Any]:
    wanted = structured_query("a", **query)
    return list(
        call(
            databases,
            "RunQuery",
            parent=DOCUMENTS,
            structured_query=wanted,
            explain_options={"analyze": analyze},
        )
    )


@pytest.mark.parametrize(
    ("query", "properties"),
    [
        ({}, ["(__name__ ASC)"]),
        ({"condition": ("x", "==", 1)}, ["(x ASC, __name__ ASC)"]),
        ({"condition": ("x", ">", 1), "orders": [("x", -1)]}, ["(x DESC, __name__ DESC)"]),
        (
            {"condition": ("or", ("y", "array-contains", 1), ("x", "in", [1, 2]))},
            ["(y CONTAINS, __name__ ASC)", "(x ASC, __name__ ASC)"],
        ),
    ],
)
def test_a_plan_names_the_indexes_without_running_the_query(
    databases: Databases, query: dict[str, Any], properties: list[str]
) -> None:
    (response,) = explained(databases, analyze=False, **query)

    used = response.explain_metrics.plan_summary.indexes_used
    assert [dict(index) for index in used] == [
        {"query_scope": "Collection", "properties": one} for one in properties
    ]
    assert not response.explain_metrics.HasField("execution_stats")
    assert not response.HasField("document")


def test_an_analysis_follows_the_results_and_counts_what_was_looked_at(databases: Databases) -> None:
    condition = ("and", ("x", ">=", ord("c")), ("x", "!=", ord("d")))

    *results, last = explained(databases, analyze=True, condition=condition)

    stats = last.explain_metrics.execution_stats
    assert names(one.document for one in results) == ["a/c", "a/e"]
    assert (stats.results_returned, stats.read_operations) == (2, 2)
    assert stats.debug_stats["index_entries_scanned"] == "3"
    assert stats.debug_stats["billing_details"]["documents_billable"] == "2"


def test_a_count_is_explained_with_its_result(databases: Databases) -> None:
    def count(analyze: bool) -> Any:
        (response,) = call(
            databases,
            "RunAggregationQuery",
            parent=DOCUMENTS,
            structured_aggregation_query=AGGREGATED,
            explain_options={"analyze": analyze},
        )
        return response

    assert not count(False).HasField("result")
    assert count(True).result.aggregate_fields["field_1"] == value(4)
    assert count(True).explain_metrics.execution_stats.debug_stats["index_entries_scanned"] == "4"


def test_an_aggregation_over_nearest_neighbours_is_refused_by_name(databases: Databases) -> None:
    query = structured_query("a")
    query.find_nearest.MergeFrom(
        type(query.find_nearest)(
            vector_field={"field_path": "v"},
            query_vector=value(Vector((1.0,))),
            distance_measure=1,
            limit={"value": 1},
        )
    )

    with pytest.raises(Unimplemented, match="find_nearest"):
        call(
            databases,
            "RunAggregationQuery",
            parent=DOCUMENTS,
            structured_aggregation_query={**AGGREGATED, "structured_query": query},
        )


@pytest.mark.parametrize("micros", [1, 2**52])
def test_an_unreadable_time_is_refused(databases: Databases, micros: int) -> None:
    with pytest.raises(Exception, match="read_time"):
        call(databases, "GetDocument", name=f"{DOCUMENTS}/a/b", read_time=to_timestamp(micros))


def test_a_write_stream_answers_each_request_with_a_new_token(databases: Databases) -> None:
    stream = WriteStream(databases)
    request = MESSAGES["WriteRequest"]

    opened = run(stream.answer(request(database=DATABASE)))
    first = run(
        stream.answer(request(stream_token=opened.stream_token, writes=[set_document("a/new", {"x": 1})]))
    )
    second = run(stream.answer(request(stream_token=first.stream_token, writes=[])))

    assert len({opened.stream_token, first.stream_token, second.stream_token}) == 3
    assert first.write_results[0].update_time == first.commit_time
    assert call(databases, "GetDocument", name=f"{DOCUMENTS}/a/new").fields["x"] == value(1)


def test_a_write_stream_opens_without_writes(databases: Databases) -> None:
    with pytest.raises(InvalidArgument, match="first request"):
        run(
            WriteStream(databases).answer(
                MESSAGES["WriteRequest"](database=DATABASE, writes=[set_document("a/b", {})])
            )
        )
