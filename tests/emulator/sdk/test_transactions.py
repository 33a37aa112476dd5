"""Transactions through the client library."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

Body = TypeVar("Body", bound=Callable[..., Any])
# The library's decorator has no types.
transactional: Callable[[Body], Body] = firestore.transactional


@transactional
def add_one(transaction: firestore.Transaction, counter: firestore.DocumentReference) -> None:
    seen = counter.get(transaction=transaction).get("n")
    transaction.update(counter, {"n": seen + 1})


def test_concurrent_counters_lose_no_increment(client: firestore.Client) -> None:
    counter = client.document("counters/a")
    counter.set({"n": 0})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: add_one(client.transaction(max_attempts=50), counter), range(40)))

    assert counter.get().get("n") == 40


def test_a_transaction_whose_document_changed_hands_is_aborted_and_retried(client: firestore.Client) -> None:
    counter = client.document("counters/a")
    counter.set({"n": 0})
    first, second = client.transaction(), client.transaction()
    first._begin()
    second._begin()
    for transaction in (first, second):
        assert counter.get(transaction=transaction).get("n") == 0
        transaction.update(counter, {"n": 1})

    with ThreadPoolExecutor(2) as pool:
        outcomes = [pool.submit(transaction._commit) for transaction in (first, second)]
        failures = [outcome.exception() for outcome in outcomes]

    assert [type(failure) for failure in failures].count(exceptions.Aborted) == 1
    assert failures.count(None) == 1
    assert counter.get().get("n") == 1


def test_a_queried_range_stays_as_it_was_until_the_commit(client: firestore.Client) -> None:
    seats = client.collection("seats")
    free = seats.where(filter=FieldFilter("taken", "==", False))
    seats.document("1").set({"taken": False})

    @transactional
    def take_all(transaction: firestore.Transaction) -> int:
        found = [snapshot.reference for snapshot in free.stream(transaction=transaction)]
        for seat in found:
            transaction.update(seat, {"taken": True})
        return len(found)

    with ThreadPoolExecutor(4) as pool:
        taken = sum(pool.map(lambda _: take_all(client.transaction()), range(4)))

    assert taken == 1


def test_an_exception_rolls_back_and_frees_the_locks(client: firestore.Client) -> None:
    room = client.document("rooms/a")
    room.set({"x": 1})

    @transactional
    def fail(transaction: firestore.Transaction) -> None:
        room.get(transaction=transaction)
        transaction.update(room, {"x": 2})
        raise LookupError

    with pytest.raises(LookupError):
        fail(client.transaction())
    room.update({"y": 1})

    assert room.get().to_dict() == {"x": 1, "y": 1}


def test_a_read_only_transaction_reads_one_moment(client: firestore.Client) -> None:
    room = client.document("rooms/a")
    room.set({"x": 1})
    transaction = client.transaction(read_only=True)

    @transactional
    def read_twice(transaction: firestore.Transaction) -> tuple[Any, Any]:
        before = room.get(transaction=transaction).get("x")
        room.set({"x": 2})
        return before, room.get(transaction=transaction).get("x")

    assert read_twice(transaction) == (1, 1)


def test_a_finished_transaction_cannot_be_used(client: firestore.Client) -> None:
    transaction = client.transaction()
    transaction._begin()
    identifier = transaction._id
    transaction._rollback()
    transaction._id = identifier

    with pytest.raises(exceptions.InvalidArgument, match="no longer valid"):
        client.document("rooms/a").get(transaction=transaction)
