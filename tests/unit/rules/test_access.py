"""Reading other documents: what get, exists and their After twins give, and how often they may."""

from emulator.rules.access import Documents
from emulator.rules.requests import Resource
from tests.unit.rules.builders import documents, request, rules, stored

USERS = documents({"users/u1": {"role": "admin"}})
ROOT = "/databases/$(database)/documents"


def holds(condition: str, found: Documents | None = None) -> bool:
    body = f"match /rooms/{{room}} {{ allow read: if {condition}; }}"
    return rules(body).evaluate(request("get", "rooms/r1", uid="u1"), found or USERS).allowed


def test_get_gives_the_document() -> None:
    assert holds(f"get({ROOT}/users/$(request.auth.uid)).data.role == 'admin'")
    assert holds(f"get({ROOT}/users/u1).id == 'u1'")
    assert holds(f"get({ROOT}/users/u1).__name__ == {ROOT}/users/u1")
    assert not holds(f"get({ROOT}/users/u1).data.role == 'guest'")


def test_get_fails_where_there_is_no_document() -> None:
    assert not holds(f"get({ROOT}/users/u2) == null")
    assert not holds(f"get({ROOT}/users/u2) != null")
    assert holds(f"get({ROOT}/users/u2).data.role == 'admin' || true")


def test_exists_tells_whether_there_is_a_document() -> None:
    assert holds(f"exists({ROOT}/users/u1)")
    assert holds(f"!exists({ROOT}/users/u2)")


def test_after_twins_see_the_document_as_the_request_leaves_it() -> None:
    found = documents({"a/old": {}, "a/changed": {"n": 1}}, after={"a/new": {}, "a/changed": {"n": 2}})
    assert holds(f"exists({ROOT}/a/old) && !existsAfter({ROOT}/a/old)", found)
    assert holds(f"!exists({ROOT}/a/new) && existsAfter({ROOT}/a/new)", found)
    assert holds(f"get({ROOT}/a/changed).data.n == 1 && getAfter({ROOT}/a/changed).data.n == 2", found)


def test_a_path_outside_the_documents_of_the_database_fails() -> None:
    for path in ("/users/u1", "/databases/other/documents/users/u1", f"{ROOT}/users", f"{ROOT}/users/u1/a"):
        assert not holds(f"exists({path})")
        assert not holds(f"!exists({path})")


def test_a_path_of_computed_text_is_accepted() -> None:
    assert holds("exists(path('/databases/(default)/documents/users/' + request.auth.uid))")


def reads(count: int, start: int = 0) -> str:
    return " && ".join(f"!exists({ROOT}/x/d{number})" for number in range(start, start + count))


def test_an_operation_reads_ten_documents_at_most() -> None:
    assert holds(reads(10), documents())
    assert not holds(reads(11), documents())


def test_the_limit_of_reads_is_not_absorbed_by_or() -> None:
    assert not holds(f"({reads(11)}) || true", documents())


def test_reading_a_document_again_costs_nothing() -> None:
    again = " && ".join([f"exists({ROOT}/users/u1)", f"get({ROOT}/users/u1).data.role == 'admin'"] * 8)
    assert holds(again)


def test_a_request_of_several_operations_reads_twenty_documents_at_most() -> None:
    shared = documents()
    assert holds(reads(10), shared)
    assert holds(reads(10, start=10), shared)
    assert holds(reads(10), shared), "what was read before costs nothing"
    assert not holds(reads(1, start=20), shared)


def test_a_document_is_read_once_per_request() -> None:
    asked: list[tuple[str, ...]] = []

    def read(path: tuple[str, ...]) -> Resource:
        asked.append(path)
        return stored("users/u1", {"n": 1})

    found = Documents(read)
    assert holds(f"get({ROOT}/users/u1).data.n == 1 && get({ROOT}/users/u1).data.n + 1 == 2", found)
    assert asked == [("users", "u1")]


def test_the_documents_read_are_named_once_found_or_not() -> None:
    found = documents({"users/u1": {"role": "admin"}})
    condition = (
        f"get({ROOT}/users/u1).data.role == 'admin' && !exists({ROOT}/users/u2) && exists({ROOT}/users/u1)"
    )

    assert holds(condition, found)

    assert found.paths == {("users", "u1"), ("users", "u2")}
