"""The REST API, call by call."""

from typing import Any

import pytest

from tests.emulator.rest.api import Api, send


@pytest.fixture
def api(host: str, project: str) -> Api:
    return Api(host, project)


def integers(document: dict[str, Any]) -> dict[str, int]:
    return {name: int(value["integerValue"]) for name, value in document.get("fields", {}).items()}


def ids(documents: list[dict[str, Any]]) -> list[str]:
    return [document["name"].rpartition("/")[2] for document in documents]


def room_query(**query: Any) -> dict[str, Any]:
    return {"structuredQuery": {"from": [{"collectionId": "rooms"}], **query}}


def test_a_document_is_written_and_read(api: Api) -> None:
    written = api.write("rooms/a", x=5)

    read = api.call("GET", "/rooms/a")

    assert read.status == 200
    assert read.content == written
    assert read.content["name"] == api.document("rooms/a")
    assert read.content["updateTime"] == read.content["createTime"]


def test_a_mask_selects_fields(api: Api) -> None:
    api.write("rooms/a", x=1, y=2, z=3)

    read = api.call("GET", "/rooms/a", parameters=[("mask.fieldPaths", "x"), ("mask.field_paths", "z")])

    assert integers(read.content) == {"x": 1, "z": 3}


def test_an_update_mask_changes_and_deletes_fields(api: Api) -> None:
    api.write("rooms/a", x=1, y=2, z=3)

    changed = api.call(
        "PATCH",
        "/rooms/a",
        {"fields": {"x": {"integerValue": "9"}}},
        [("updateMask.fieldPaths", "x"), ("updateMask.fieldPaths", "y"), ("mask.fieldPaths", "z")],
    )

    assert integers(changed.content) == {"z": 3}
    assert integers(api.call("GET", "/rooms/a").content) == {"x": 9, "z": 3}


def test_preconditions_hold_or_refuse(api: Api) -> None:
    old = api.write("rooms/a", x=1)
    api.write("rooms/a", x=2)

    stale = api.call("DELETE", "/rooms/a", parameters=[("currentDocument.updateTime", old["updateTime"])])
    missing = api.call("PATCH", "/rooms/b", {}, [("currentDocument.exists", "true")])
    existing = api.call("PATCH", "/rooms/a", {}, [("currentDocument.exists", "false")])
    right = api.call("DELETE", "/rooms/a", parameters=[("currentDocument.exists", "true")])

    assert stale.error == (400, "FAILED_PRECONDITION")
    assert missing.error == (404, "NOT_FOUND")
    assert existing.error == (409, "ALREADY_EXISTS")
    assert (right.status, right.content) == (200, {})
    assert api.call("GET", "/rooms/a").error == (404, "NOT_FOUND")


def test_a_document_is_created_under_a_given_or_a_made_up_id(api: Api) -> None:
    given = api.call("POST", "/rooms", {"fields": {}}, [("documentId", "a")])
    made_up = api.call("POST", "/rooms/a/seats", {"fields": {}})
    again = api.call("POST", "/rooms", {"fields": {}}, [("documentId", "a")])

    assert given.content["name"] == api.document("rooms/a")
    assert made_up.content["name"].startswith(api.document("rooms/a/seats/"))
    assert again.error == (409, "ALREADY_EXISTS")


def test_a_collection_is_listed_page_by_page(api: Api) -> None:
    for number, name in enumerate("abcde"):
        api.write(f"rooms/{name}", n=9 - number)

    first = api.call("GET", "/rooms", parameters=[("pageSize", "3"), ("orderBy", "n")]).content
    token = first["nextPageToken"]
    rest = api.call(
        "GET", "/rooms", parameters=[("pageSize", "3"), ("orderBy", "n"), ("pageToken", token)]
    ).content

    assert ids(first["documents"]) == ["e", "d", "c"]
    assert ids(rest["documents"]) == ["b", "a"]
    assert "nextPageToken" not in rest
    assert api.call("GET", "/nothing").content == {}


def test_missing_documents_are_listed_on_request(api: Api) -> None:
    api.write("rooms/a/seats/1", n=1)

    listed = api.call("GET", "/rooms", parameters=[("showMissing", "true")]).content

    assert listed == {"documents": [{"name": api.document("rooms/a")}]}


def test_documents_are_read_together(api: Api) -> None:
    api.write("rooms/a", x=1)

    found, missing = api.call(
        "POST", ":batchGet", {"documents": [api.document("rooms/a"), api.document("rooms/b")]}
    ).content

    assert integers(found["found"]) == {"x": 1}
    assert missing["missing"] == api.document("rooms/b")
    assert found["readTime"] == missing["readTime"]


def test_a_commit_answers_with_one_time(api: Api) -> None:
    writes = [
        {"update": {"name": api.document("rooms/a"), "fields": {"x": {"integerValue": "1"}}}},
        {
            "transform": {
                "document": api.document("rooms/a"),
                "fieldTransforms": [{"fieldPath": "x", "increment": {"integerValue": "2"}}],
            }
        },
    ]

    committed = api.call("POST", ":commit", {"writes": writes}).content

    assert committed["writeResults"][1]["transformResults"] == [{"integerValue": "3"}]
    stored = api.call("GET", "/rooms/a").content
    assert stored["updateTime"] == committed["commitTime"] == committed["writeResults"][0]["updateTime"]


def test_batched_writes_fail_one_by_one(api: Api) -> None:
    writes = [
        {"update": {"name": api.document("rooms/a")}},
        {"update": {"name": api.document("rooms/b")}, "currentDocument": {"exists": True}},
    ]

    answer = api.call("POST", ":batchWrite", {"writes": writes}).content

    assert [status.get("code", 0) for status in answer["status"]] == [0, 5]


def test_a_transaction_is_committed_or_rolled_back(api: Api) -> None:
    api.write("rooms/a", x=1)
    begun = api.call("POST", ":beginTransaction", {"options": {"readWrite": {}}}).content["transaction"]
    read = api.call("GET", "/rooms/a", parameters=[("transaction", begun)])
    assert integers(read.content) == {"x": 1}
    write = {"update": {"name": api.document("rooms/a"), "fields": {"x": {"integerValue": "2"}}}}

    committed = api.call("POST", ":commit", {"transaction": begun, "writes": [write]})

    assert committed.status == 200
    other = api.call(
        "POST", ":batchGet", {"documents": [api.document("rooms/a")], "newTransaction": {"readOnly": {}}}
    ).content[0]["transaction"]
    assert api.call("POST", ":rollback", {"transaction": other}).content == {}
    assert api.call("POST", ":commit", {"transaction": other}).error == (400, "INVALID_ARGUMENT")


def test_a_query_answers_with_an_array(api: Api) -> None:
    for number, name in enumerate("abc"):
        api.write(f"rooms/{name}", n=number)
    where = {
        "fieldFilter": {"field": {"fieldPath": "n"}, "op": "GREATER_THAN", "value": {"integerValue": "0"}}
    }

    found = api.call("POST", ":runQuery", room_query(where=where)).content
    below = api.call("POST", "/rooms/a:runQuery", room_query()).content

    assert ids([entry["document"] for entry in found]) == ["b", "c"]
    assert [list(entry) for entry in below] == [["readTime"]]


def test_a_long_answer_arrives_whole(api: Api) -> None:
    for start in range(0, 3000, 500):
        fields = {"text": {"stringValue": "é" * 100}}
        names = [api.document(f"rooms/{number:04d}") for number in range(start, start + 500)]
        writes = [{"update": {"name": name, "fields": fields}} for name in names]
        api.call("POST", ":commit", {"writes": writes})

    found = api.call("POST", ":runQuery", room_query()).content

    assert ids([entry["document"] for entry in found]) == [f"{number:04d}" for number in range(3000)]


def test_aggregations(api: Api) -> None:
    api.write("rooms/a", n=1)
    api.write("rooms/b", n=2)
    aggregations = [
        {"alias": "all", "count": {}},
        {"alias": "sum", "sum": {"field": {"fieldPath": "n"}}},
        {"alias": "avg", "avg": {"field": {"fieldPath": "n"}}},
    ]

    answer = api.call(
        "POST",
        ":runAggregationQuery",
        {"structuredAggregationQuery": {**room_query(), "aggregations": aggregations}},
    ).content

    assert answer[0]["result"]["aggregateFields"] == {
        "all": {"integerValue": "2"}, "sum": {"integerValue": "3"}, "avg": {"doubleValue": 1.5}
    }  # fmt: skip


def test_collections_are_listed(api: Api) -> None:
    api.write("rooms/a", n=1)
    api.write("rooms/a/seats/1", n=1)
    api.write("studios/a", n=1)

    assert api.call("POST", ":listCollectionIds", {}).content == {"collectionIds": ["rooms", "studios"]}
    assert api.call("POST", "/rooms/a:listCollectionIds", {}).content == {"collectionIds": ["seats"]}


def test_a_collection_group_is_partitioned(api: Api) -> None:
    for name in "abcd":
        api.write(f"rooms/{name}", n=1)
    query = {
        "structuredQuery": {
            "from": [{"collectionId": "rooms", "allDescendants": True}],
            "orderBy": [{"field": {"fieldPath": "__name__"}}],
        },
        "partitionCount": "1",
    }

    answer = api.call("POST", ":partitionQuery", query).content

    assert answer["partitions"] == [{"values": [{"referenceValue": api.document("rooms/c")}], "before": True}]


def test_ids_are_decoded(api: Api) -> None:
    api.write("rooms/caf%C3%A9%20%3A%25", n=1)

    assert ids(api.call("GET", "/rooms").content["documents"]) == ["café :%"]
    assert api.call("GET", "/rooms/caf%C3%A9%20%3A%25").status == 200
    assert api.call("GET", "/rooms/a%2Fb").error == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize(
    ("method", "path", "content", "parameters"),
    [
        ("GET", "/rooms/a", None, [("nothing", "1")]),
        ("GET", "/rooms/a", None, [("mask", "x")]),
        ("GET", "/rooms/a", None, [("mask.fieldPaths.x", "x")]),
        ("GET", "/rooms/a", None, [("transaction", "YQ=="), ("readTime", "2020-01-01T00:00:00Z")]),
        ("GET", "/rooms", None, [("pageSize", "many")]),
        ("GET", "/rooms", None, [("pageSize", "1"), ("pageSize", "2")]),
        ("GET", "/rooms", None, [("showMissing", "maybe")]),
        ("DELETE", "/rooms/a", None, [("currentDocument.updateTime", "yesterday")]),
        ("PATCH", "/rooms/a", {}, [("document.name", "x")]),
        ("POST", ":batchGet", {"mask": ""}, [("mask.fieldPaths", "x")]),
        ("PATCH", "/rooms/a", {"nothing": 1}, []),
        ("PATCH", "/rooms/a", [], []),
        ("PATCH", "/rooms/a", {"fields": {"x": 1}}, []),
        ("PATCH", "/rooms/a", {"fields": {"x": {"integerValue": "1", "stringValue": "1"}}}, []),
        ("POST", ":commit", {"writes": {}}, []),
        ("POST", ":commit", {"writes": [{"nothing": 1}]}, []),
        ("POST", "/rooms/__reserved__:runQuery", room_query(), []),
    ],
)
def test_malformed_requests_are_refused(
    api: Api, method: str, path: str, content: Any, parameters: list[tuple[str, str]]
) -> None:
    assert api.call(method, path, content, parameters).error == (400, "INVALID_ARGUMENT")


def test_errors_of_streams_are_within_an_array(api: Api) -> None:
    answer = api.call("POST", ":runQuery", {})

    assert answer.status == 400
    assert answer.content[0]["error"]["message"] == "structured_query is required"


@pytest.mark.parametrize("body", [b"{", b"\xff", b"nothing", b'{"writes": [' * 5000])
def test_a_body_that_is_not_json_is_refused(api: Api, body: bytes) -> None:
    answer = send(api.address, "POST", f"/v1/{api.name}/documents:commit", body, {})

    assert answer.error == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", ":listen"),
        ("POST", ":write"),
        ("POST", ":executePipeline"),
        ("GET", ":commit"),
        ("PUT", "/rooms/a"),
        ("PATCH", "/rooms"),
        ("GET", ""),
        ("POST", "/rooms/a:commit"),
    ],
)
def test_what_is_not_supported_is_named(api: Api, method: str, path: str) -> None:
    answer = api.call(method, path)

    assert answer.error == (501, "UNIMPLEMENTED")
    assert f"/documents{path} is not supported" in answer.content["error"]["message"]


@pytest.mark.parametrize(
    "parameter", [("fields", "name"), ("alt", "sse"), ("$alt", "media"), ("callback", "f")]
)
def test_system_parameters_that_would_change_the_answer_are_refused(
    api: Api, parameter: tuple[str, str]
) -> None:
    assert api.call("GET", "/rooms/a", parameters=[parameter]).error == (501, "UNIMPLEMENTED")


@pytest.mark.parametrize("parameter", [("key", "x"), ("alt", "json"), ("$alt", "json;enum-encoding=int")])
def test_system_parameters_that_change_nothing_are_accepted(api: Api, parameter: tuple[str, str]) -> None:
    assert api.call("GET", "/rooms", parameters=[parameter]).status == 200


def test_compressed_bodies_are_refused(api: Api) -> None:
    assert api.call("POST", ":commit", {}, headers={"content-encoding": "gzip"}).error == (
        501,
        "UNIMPLEMENTED",
    )


def test_pages_of_any_origin_may_call(api: Api) -> None:
    origin = {"origin": "http://studio.example"}
    asked = "authorization,google-cloud-resource-prefix,x-goog-api-client"
    preflight = api.call(
        "OPTIONS",
        ":commit",
        headers={
            **origin, "access-control-request-method": "POST", "access-control-request-headers": asked
        },
    )  # fmt: skip
    answer = api.call("GET", "/rooms/a", headers=origin)

    assert preflight.status == 200
    assert preflight.headers["access-control-allow-headers"] == asked
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert answer.status == 404
    for headers in (preflight.headers, answer.headers):
        assert headers["access-control-allow-origin"] == "http://studio.example"
        assert headers["access-control-allow-credentials"] == "true"
        assert headers["access-control-expose-headers"] == "X-HTTP-Session-Id"
    assert "access-control-allow-origin" not in api.call("GET", "/rooms/a").headers
