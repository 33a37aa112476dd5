"""The guarded writer, answer by answer: what it writes, to what it yields, whom it blames."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from google.api_core.exceptions import (
    DeadlineExceeded,
    InvalidArgument,
    ResourceExhausted,
    ServiceUnavailable,
)

from courtside.firestore import writer
from courtside.firestore.client import FirestoreConnection
from courtside.firestore.writer import Document, Outcome, write_documents
from tests.unit.firestore.dict_firestore import FAILED_PRECONDITION, DictFirestore

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def firestore() -> DictFirestore:
    return DictFirestore()


def write(firestore: DictFirestore, *documents: Document) -> dict[str, Outcome]:
    outcomes = write_documents(cast(FirestoreConnection, firestore), documents, timeout_seconds=1)
    assert sorted(o.path for o in outcomes) == sorted(d.path for d in documents)
    return {outcome.path: outcome for outcome in outcomes}


def document(
    path: str = "a/b", version: int = 1, fields: dict[str, Any] | None = None, at: datetime | None = None
) -> Document:
    return Document(path, version, {"name": "x"} if fields is None else fields, at)


def deletion(path: str = "a/b", version: int = 2, at: datetime | None = None) -> Document:
    return Document(path, version, None, at)


def test_a_document_that_is_known_to_be_absent_is_made(firestore: DictFirestore) -> None:
    outcome = write(firestore, document(version=1))["a/b"]

    assert firestore.documents["a/b"].fields == {"name": "x", "version": 1}
    assert outcome == Outcome("a/b", 1, firestore.documents["a/b"].at)


def test_a_document_that_is_as_we_know_it_is_replaced(firestore: DictFirestore) -> None:
    at = firestore.put("a/b", 1)

    assert write(firestore, document(version=2, at=at))["a/b"].version == 2
    assert firestore.version("a/b") == 2


@pytest.mark.parametrize("there", [3, 2], ids=["newer", "the same"])
def test_what_is_there_and_not_older_stays(firestore: DictFirestore, there: int) -> None:
    at = firestore.put("a/b", there)

    outcome = write(firestore, document(version=2, at=LONG_AGO))["a/b"]

    assert outcome == Outcome("a/b", there, at)
    assert firestore.documents["a/b"].fields == {"version": there}


def test_a_creation_yields_to_what_is_there_already(firestore: DictFirestore) -> None:
    at = firestore.put("a/b", 5)

    assert write(firestore, document(version=1))["a/b"] == Outcome("a/b", 5, at)


def test_an_older_version_written_meanwhile_is_replaced(firestore: DictFirestore) -> None:
    firestore.put("a/b", 1)

    outcome = write(firestore, document(version=4, at=LONG_AGO))["a/b"]

    assert (outcome.version, outcome.error) == (4, None)
    assert firestore.version("a/b") == 4


def test_a_document_without_a_version_is_older_than_any(firestore: DictFirestore) -> None:
    firestore.put("a/b", 1)
    firestore.documents["a/b"].fields = {"version": None}

    assert write(firestore, document(version=1))["a/b"].error is None
    assert firestore.version("a/b") == 1


def test_a_document_that_was_known_and_is_gone_is_not_brought_back(firestore: DictFirestore) -> None:
    outcome = write(firestore, document(version=2, at=LONG_AGO))["a/b"]

    assert outcome.vanished
    assert firestore.documents == {}


def test_a_deletion_takes_what_we_know(firestore: DictFirestore) -> None:
    at = firestore.put("a/b", 1)

    assert write(firestore, deletion(version=2, at=at))["a/b"] == Outcome("a/b", 2, None)
    assert firestore.documents == {}


@pytest.mark.parametrize("known", [None, LONG_AGO], ids=["nothing known", "something older known"])
def test_a_deletion_yields_to_a_newer_version(firestore: DictFirestore, known: datetime | None) -> None:
    at = firestore.put("a/b", 3)

    assert write(firestore, deletion(version=2, at=known))["a/b"] == Outcome("a/b", 3, at)
    assert firestore.version("a/b") == 3


@pytest.mark.parametrize("known", [None, LONG_AGO], ids=["nothing known", "something older known"])
def test_a_deletion_takes_an_older_version(firestore: DictFirestore, known: datetime | None) -> None:
    firestore.put("a/b", 1)

    assert write(firestore, deletion(version=2, at=known))["a/b"] == Outcome("a/b", 2, None)
    assert firestore.documents == {}


@pytest.mark.parametrize("known", [None, LONG_AGO], ids=["nothing known", "something known"])
def test_a_deletion_of_what_is_not_there_is_done(firestore: DictFirestore, known: datetime | None) -> None:
    assert write(firestore, deletion(at=known))["a/b"] == Outcome("a/b", 2, None)


def test_a_document_that_keeps_changing_is_given_up_for_now(firestore: DictFirestore) -> None:
    firestore.put("a/b", 1)
    firestore.refuse = lambda path: FAILED_PRECONDITION

    outcome = write(firestore, document(version=9, at=LONG_AGO))["a/b"]

    assert outcome.error == "the document kept changing under its guard"
    assert not outcome.poisoned
    assert len(firestore.calls) == 3


@pytest.mark.parametrize(
    ("code", "poisoned"),
    [(3, True), (7, True), (10, False), (14, False), (4, False), (8, False), (13, False)],
)
def test_a_refused_write_is_blamed_on_the_document_only_if_it_is_its_fault(
    firestore: DictFirestore, code: int, poisoned: bool
) -> None:
    firestore.refuse = lambda path: code if path == "a/bad" else None

    outcomes = write(firestore, document("a/good"), document("a/bad"))

    assert outcomes["a/good"].error is None
    assert outcomes["a/bad"] == Outcome("a/bad", 1, None, f"{code}: code {code}", poisoned)


@pytest.mark.parametrize("error", [ServiceUnavailable("away"), DeadlineExceeded("late")], ids=type)
def test_a_call_that_fails_blames_nobody(firestore: DictFirestore, error: Exception) -> None:
    firestore.refuse = lambda path: error

    outcomes = write(firestore, document("a/b"), document("a/c"))

    assert all(outcome.error and not outcome.poisoned for outcome in outcomes.values())
    assert len(firestore.calls) == 1


def test_one_malformed_write_among_many_is_found_and_the_others_are_written(firestore: DictFirestore) -> None:
    firestore.refuse = lambda path: InvalidArgument("bad name") if path == "a/bad" else None
    documents = [document(f"a/{n}") for n in range(50)] + [document("a/bad")]

    outcomes = write(firestore, *documents)

    assert [path for path, outcome in outcomes.items() if outcome.error] == ["a/bad"]
    assert outcomes["a/bad"].poisoned
    assert len(firestore.documents) == 50
    assert len(firestore.calls) < 15


@pytest.mark.parametrize(
    "value",
    [object(), 1 << 63, datetime(2026, 1, 1), {1: "not a name"}, "\ud800"],  # noqa: DTZ001
    ids=["no such type", "too large", "naive time", "name not text", "half a character"],
)
def test_a_value_that_cannot_be_encoded_stops_no_other(firestore: DictFirestore, value: Any) -> None:
    outcomes = write(firestore, document("a/good"), document("a/bad", fields={"deep": {"value": value}}))

    assert outcomes["a/bad"].poisoned
    assert firestore.documents.keys() == {"a/good"}


def test_more_writes_than_a_call_takes_go_in_several(firestore: DictFirestore) -> None:
    write(firestore, *(document(f"a/{n}") for n in range(writer.MAX_WRITES + 1)))

    assert [len(call) for call in firestore.calls] == [writer.MAX_WRITES, 1]


def test_more_bytes_than_a_call_takes_go_in_several(firestore: DictFirestore) -> None:
    large = {"text": "x" * (writer.MAX_BYTES // 3)}

    write(firestore, *(document(f"a/{n}", fields=large) for n in range(5)))

    assert [len(call) for call in firestore.calls] == [2, 2, 1]


def test_the_precondition_is_exact_to_the_microsecond(firestore: DictFirestore) -> None:
    at = firestore.put("a/b", 1) + timedelta(microseconds=123_456)
    firestore.documents["a/b"].at = at

    assert write(firestore, document(version=2, at=at))["a/b"].version == 2
    assert len(firestore.calls) == 1


@pytest.mark.parametrize(
    ("refusal", "share", "is_closed"),
    [
        (ResourceExhausted("slow down"), 0.5, True),
        (8, 0.5, True),
        (ServiceUnavailable("gone"), 1.0, True),
        (DeadlineExceeded("silent"), 1.0, True),
        (10, 1.0, False),
        (None, 1.0, False),
    ],
    ids=["all refused", "one refused", "away", "silent", "one aborted", "well"],
)
def test_the_valve_is_told_how_a_call_went(
    firestore: DictFirestore, refusal: int | Exception | None, share: float, is_closed: bool
) -> None:
    firestore.refuse = lambda path: refusal

    write(firestore, document())

    assert firestore.valve.share == share
    assert (firestore.valve.closed_seconds > 0) == is_closed


def test_what_is_written_once_is_not_looked_at_when_it_is_there(firestore: DictFirestore) -> None:
    firestore.put("a/b", 1)

    outcome = write(firestore, replace(document(version=1), once=True))["a/b"]

    assert outcome == Outcome("a/b", 1, None)
    assert firestore.calls == [["a/b"]]
    assert firestore.reads == 0
