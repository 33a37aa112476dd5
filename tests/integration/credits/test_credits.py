"""Credits through the commands: granted, spent, given back, corrected, expired; every movement balances."""

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from courtside.credits import service as credits
from courtside.credits.model import InsufficientCredits
from courtside.db.system import run_as_system
from courtside.db.unit_of_work import UnitOfWork
from courtside.relay import jobs
from courtside.relay.subscriptions import react
from tests.world import ADMIN, World, tomorrow_at


@pytest.fixture
def studio(world: World) -> World:
    """Two trainers, a client with a booking to tie movements to."""
    world.approve_trainer("tom", horizon_days=3)
    world.approve_trainer("eve", display_name="Eve", horizon_days=3)
    world.register_client("ada")
    world.add_service("tom", name="Boxing")
    return world


def service_of(studio: World, trainer: str = "tom") -> UUID:
    service: UUID = studio.rows("SELECT id FROM services WHERE trainer_id = %s", trainer)[0][0]
    return service


def grant(studio: World, amount: int = 10, *, uid: str = ADMIN, **content: Any) -> str:
    answer = studio.call(
        uid, "bookings.grant_credits", client_id="ada", amount=amount, reason="package", **content
    )
    allocation: str = answer["allocation_id"]
    return allocation


def booked(studio: World, hour: int = 10) -> UUID:
    return UUID(studio.book("ada", str(service_of(studio)), tomorrow_at(hour))["booking_id"])


def spend(studio: World, booking: UUID, amount: int) -> None:
    def work(uow: UnitOfWork) -> None:
        credits.spend(
            uow,
            client_id="ada",
            trainer_id="tom",
            service_id=service_of(studio),
            amount=amount,
            booking_id=booking,
        )

    run_as_system(studio.backends.pool, "test", work, react)


def refund(studio: World, booking: UUID, amount: int) -> None:
    run_as_system(
        studio.backends.pool,
        "test",
        lambda uow: credits.refund(uow, booking_id=booking, amount=amount),
        react,
    )


def remaining(studio: World) -> dict[str, int]:
    return {str(id_): left for id_, left in studio.rows("SELECT id, remaining FROM allocations")}


def test_a_package_is_on_the_clients_own_document(studio: World) -> None:
    allocation = grant(studio, 10, expires_at=tomorrow_at(0, days=30).isoformat())

    document = studio.document("clients/ada")
    assert document is not None
    assert document["credits"] == 10
    (shown,) = document["allocations"]
    assert (shown["allocation_id"], shown["remaining"]) == (allocation, 10)
    assert shown["expires_at"] == tomorrow_at(0, days=30)


def test_it_is_told_to_the_client_the_admins_and_the_trainer_of_the_scope(studio: World) -> None:
    studio.drains = False
    grant(studio, 10, uid="tom")
    studio.relay()

    told = studio.rows("SELECT target FROM outbox WHERE payload ->> 'type' = 'allocation:updated'")
    assert {target for (target,) in told} == {"admin", "client_ada"}  # the trainer did it

    grant(studio, 10, trainer_id="tom")
    told = studio.rows("SELECT target FROM outbox WHERE payload ->> 'type' = 'allocation:updated'")
    assert {target for (target,) in told} == {"admin", "client_ada", "trainer_tom"}


def test_what_expires_first_is_spent_first_and_refunds_go_back_there(studio: World) -> None:
    late = grant(studio, 3, expires_at=tomorrow_at(0, days=60).isoformat())
    soon = grant(studio, 3, expires_at=tomorrow_at(0, days=30).isoformat())
    booking = booked(studio)

    spend(studio, booking, 4)
    assert remaining(studio) == {late: 2, soon: 0}
    refund(studio, booking, 2)
    assert remaining(studio) == {late: 3, soon: 1}
    refund(studio, booking, 2)
    assert remaining(studio) == {late: 3, soon: 3}


def test_credits_of_another_trainer_or_service_pay_nothing(studio: World) -> None:
    grant(studio, 5, uid="eve")
    other = studio.add_service("tom", name="Yoga")
    grant(studio, 5, uid="tom", service_id=other)

    with pytest.raises(InsufficientCredits) as refused:
        spend(studio, booked(studio), 1)

    assert refused.value.details == {"needed": 1, "usable": 0}


def test_credits_that_expired_pay_nothing_even_before_the_job_comes(studio: World) -> None:
    grant(studio, 5, expires_at=tomorrow_at(0).isoformat())
    booking = booked(studio)
    studio.rows("UPDATE allocations SET expires_at = now() - interval '1 second' RETURNING id")

    with pytest.raises(InsufficientCredits):
        spend(studio, booking, 1)


def test_the_minutes_job_ends_what_expired_and_says_so(studio: World) -> None:
    allocation = grant(studio, 5, expires_at=tomorrow_at(0).isoformat())
    studio.rows("UPDATE allocations SET expires_at = now() - interval '1 second' RETURNING id")

    jobs.every_minute(studio.backends)
    jobs.every_minute(studio.backends)
    studio.relay()

    assert remaining(studio) == {allocation: 0}
    assert studio.rows("SELECT account, amount FROM ledger_lines WHERE account = 'expired'") == [
        ("expired", 5)
    ]
    document = studio.document("clients/ada")
    assert document is not None
    assert document["credits"] == 0


def test_trainers_grant_for_themselves_alone(studio: World) -> None:
    for content in ({"trainer_id": "eve"}, {"trainer_id": "nobody"}):
        refusal = studio.refusal(
            "tom", "bookings.grant_credits", client_id="ada", amount=1, reason="package", **content
        )
        assert refusal.reason == "CREDITS_SCOPE"
    refusal = studio.refusal(
        "eve",
        "bookings.grant_credits",
        client_id="ada",
        amount=1,
        reason="package",
        service_id=str(service_of(studio)),
    )
    assert refusal.reason == "SERVICE_NOT_FOUND"
    with pytest.raises(Exception, match="role"):
        studio.run("ada", "bookings.grant_credits", client_id="ada", amount=1, reason="package")
    assert remaining(studio) == {}


def test_a_package_is_for_somebody_and_for_the_future(studio: World) -> None:
    content = {"amount": 1, "reason": "package"}
    nobody = studio.refusal(ADMIN, "bookings.grant_credits", client_id="nobody", **content)
    past = studio.refusal(
        ADMIN, "bookings.grant_credits", client_id="ada", expires_at="2020-01-01T00:00Z", **content
    )

    assert (nobody.reason, past.reason) == ("USER_NOT_FOUND", "ALREADY_EXPIRED")


def test_a_correction_has_a_reason_and_never_goes_below_zero(studio: World) -> None:
    allocation = grant(studio, 5)

    answer = studio.call(
        ADMIN, "admin.adjust_credits", allocation_id=allocation, change=-3, reason="counted twice"
    )
    refusal = studio.refusal(
        ADMIN, "admin.adjust_credits", allocation_id=allocation, change=-3, reason="once more"
    )

    assert answer["remaining"] == 2
    assert refusal.reason == "INSUFFICIENT_CREDITS"
    assert remaining(studio) == {allocation: 2}
    ((after,),) = studio.rows("SELECT after FROM audit WHERE command = 'admin.adjust_credits'")
    assert after == {"remaining": 2, "reason": "counted twice"}
    with pytest.raises(Exception, match="expected shape"):
        studio.run(ADMIN, "admin.adjust_credits", allocation_id=allocation, change=1)


def test_a_fee_is_owed_until_it_is_waived(studio: World) -> None:
    booking = booked(studio)

    def charge(uow: UnitOfWork) -> None:
        credits.charge_fee(
            uow,
            booking_id=booking,
            client_id="ada",
            trainer_id="tom",
            amount_minor=1_500,
            currency="EUR",
            kind="late_cancellation",
        )

    run_as_system(studio.backends.pool, "test", charge, react)
    studio.relay()
    document = studio.document("clients/ada")
    assert document is not None
    assert document["fees_due"] == [{"currency": "EUR", "amount_minor": 1_500}]

    too_much = {"booking_id": str(booking), "amount_minor": 1_501, "reason": "goodwill"}
    assert studio.refusal(ADMIN, "admin.waive_fee", **too_much).reason == "NO_FEE_DUE"
    part = studio.call(ADMIN, "admin.waive_fee", **{**too_much, "amount_minor": 500})
    rest = studio.call(ADMIN, "admin.waive_fee", booking_id=str(booking), reason="goodwill")

    assert (part["waived_minor"], rest["waived_minor"]) == (500, 1_000)
    document = studio.document("clients/ada")
    assert document is not None
    assert document["fees_due"] == []
    again = studio.refusal(ADMIN, "admin.waive_fee", booking_id=str(booking), reason="goodwill")
    assert again.reason == "NO_FEE_DUE"


def test_a_statement_shows_each_movement_once_page_by_page(studio: World) -> None:
    grant(studio, 5)
    grant(studio, 5)
    booking = booked(studio)
    spend(studio, booking, 7)
    refund(studio, booking, 7)

    whole = studio.call("ada", "account.credits_statement")["movements"]
    first = studio.call("ada", "account.credits_statement", limit=3)["movements"]
    rest = studio.call(
        "ada",
        "account.credits_statement",
        before_at=first[-1]["created_at"],
        before_id=first[-1]["transfer_id"],
    )["movements"]

    assert [(m["kind"], m["amount"]) for m in whole] == [
        ("refund", 7),
        ("spend", -7),
        ("grant", 5),
        ("grant", 5),
    ]
    assert first + rest == whole
    assert whole[1]["booking_id"] == str(booking)


def test_nobody_reads_the_statement_of_another(studio: World) -> None:
    grant(studio, 5)

    for uid in ("tom", "eve"):
        with pytest.raises(Exception, match="role"):
            studio.run(uid, "account.credits_statement", client_id="ada")
    assert studio.call(ADMIN, "account.credits_statement", client_id="ada")["movements"]


def test_spending_at_once_never_goes_below_zero(studio: World) -> None:
    allocation = grant(studio, 10)
    booking = booked(studio)
    outcomes: list[bool] = []
    starting = threading.Barrier(8)

    def act() -> None:
        starting.wait()
        for _ in range(3):
            try:
                spend(studio, booking, 1)
            except InsufficientCredits:
                outcomes.append(False)
            else:
                outcomes.append(True)

    threads = [threading.Thread(target=act) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes.count(True) == 10
    assert len(outcomes) == 24
    assert remaining(studio) == {allocation: 0}


def test_a_movement_that_does_not_balance_cannot_be_committed(studio: World) -> None:
    grant(studio, 5)
    with psycopg.connect(studio.backends.settings.database_url) as connection:
        transfer = uuid4()
        connection.execute(
            "INSERT INTO ledger_transfers (id, kind, actor, created_at) VALUES (%s, 'adjust', 'test', now())",
            [transfer],
        )
        connection.execute(
            "INSERT INTO ledger_lines (transfer_id, position, account, unit, amount)"
            " VALUES (%s, 0, 'issued', 'credit', 1)",
            [transfer],
        )
        with pytest.raises(psycopg.errors.CheckViolation, match="does not balance"):
            connection.commit()


@pytest.mark.parametrize("table", ["ledger_transfers", "ledger_lines"])
def test_the_ledger_only_grows(studio: World, table: str) -> None:
    grant(studio, 5)

    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with (
            psycopg.connect(studio.backends.settings.database_url) as connection,
            pytest.raises(psycopg.errors.RaiseException, match="only ever grows"),
        ):
            connection.execute(statement.encode())


def test_what_is_left_is_the_sum_of_the_lines(studio: World) -> None:
    soon = tomorrow_at(0) + timedelta(days=2)
    for amount in (4, 6):
        grant(studio, amount, expires_at=soon.isoformat())
    booking = booked(studio)
    spend(studio, booking, 5)
    refund(studio, booking, 1)

    assert (
        studio.rows(
            "SELECT a.id FROM allocations AS a JOIN ledger_lines AS l ON l.allocation_id = a.id"
            " GROUP BY a.id HAVING a.remaining <> sum(l.amount)"
        )
        == []
    )
    assert studio.rows("SELECT sum(remaining) FROM allocations") == [(6,)]
