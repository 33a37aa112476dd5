"""google-cloud-firestore's generated client over its REST transport."""

from collections.abc import Iterator

import pytest
from google.api_core.exceptions import Conflict, NotFound
from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreRestTransport


@pytest.fixture
def rest(host: str) -> Iterator[FirestoreClient]:
    transport = FirestoreRestTransport(host=host, credentials=AnonymousCredentials(), url_scheme="http")
    with FirestoreClient(transport=transport) as client:
        yield client


def test_the_library_reads_writes_lists_and_queries(rest: FirestoreClient, project: str) -> None:
    database = f"projects/{project}/databases/(default)"
    # The library's pattern for creating documents over REST does not match the root itself.
    root = f"{database}/documents/studios/x"
    for number in range(3):
        fields = {"n": {"integer_value": number}}
        rest.create_document(
            {
                "parent": root,
                "collection_id": "rooms",
                "document_id": f"r{number}",
                "document": {"fields": fields},
            }
        )
    updated = rest.update_document(
        {
            "document": {"name": f"{root}/rooms/r0", "fields": {"n": {"integer_value": 9}}},
            "update_mask": {"field_paths": ["n"]},
        }
    )
    assert updated.fields["n"].integer_value == 9

    listed = list(rest.list_documents({"parent": root, "collection_id": "rooms", "page_size": 2}))
    query = {
        "from_": [{"collection_id": "rooms"}],
        "order_by": [{"field": {"field_path": "n"}, "direction": 2}],
    }
    found = list(rest.run_query({"parent": root, "structured_query": query}))
    got = list(
        rest.batch_get_documents({"database": database, "documents": [f"{root}/rooms/r1", f"{root}/rooms/x"]})
    )
    collections = list(rest.list_collection_ids({"parent": root}))

    assert [document.name.rpartition("/")[2] for document in listed] == ["r0", "r1", "r2"]
    assert [response.document.fields["n"].integer_value for response in found] == [9, 2, 1]
    assert [response.missing for response in got] == ["", f"{root}/rooms/x"]
    assert collections == ["rooms"]


def test_the_library_commits_and_aggregates(rest: FirestoreClient, project: str) -> None:
    database = f"projects/{project}/databases/(default)"
    root = f"{database}/documents"
    begun = rest.begin_transaction({"database": database})
    writes = [{"update": {"name": f"{root}/rooms/{number}", "fields": {}}} for number in range(4)]

    committed = rest.commit({"database": database, "transaction": begun.transaction, "writes": writes})

    counted = list(
        rest.run_aggregation_query(
            {
                "parent": root,
                "structured_aggregation_query": {
                    "structured_query": {"from_": [{"collection_id": "rooms"}]},
                    "aggregations": [{"alias": "all", "count": {}}],
                },
            }
        )
    )
    assert len(committed.write_results) == 4
    assert counted[0].result.aggregate_fields["all"].integer_value == 4


def test_the_library_understands_refusals(rest: FirestoreClient, project: str) -> None:
    root = f"projects/{project}/databases/(default)/documents/studios/x"
    request = {"parent": root, "collection_id": "rooms", "document_id": "a", "document": {}}
    rest.create_document(request)

    with pytest.raises(Conflict):
        rest.create_document(request)
    with pytest.raises(NotFound, match="rooms/b"):
        rest.get_document({"name": f"{root}/rooms/b"})
