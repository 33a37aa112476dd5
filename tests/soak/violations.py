"""What must hold after a soak, asked of the facts themselves rather than of the constraints that guard them."""

from collections.abc import Iterable, Sequence
from typing import Any

from tests.integration.relay.drift import drift
from tests.soak.booker import Record
from tests.world import World

# What is wrong → the query whose rows are the cases.
_QUERIES = {
    "two sessions of a trainer overlap": """
        SELECT a.trainer_id, a.id, b.id FROM sessions AS a JOIN sessions AS b
        ON a.trainer_id = b.trainer_id AND a.id < b.id
           AND lower(a.busy) < upper(b.busy) AND lower(b.busy) < upper(a.busy)
        WHERE a.status <> 'cancelled' AND b.status <> 'cancelled'
    """,
    "seats are not those of the bookings, or too many": """
        SELECT session.id, session.seats_taken, session.capacity, coalesce(sum(booking.seats), 0)
        FROM sessions AS session LEFT JOIN bookings AS booking ON booking.session_id = session.id
             AND booking.status NOT IN ('cancelled', 'waitlisted')
        GROUP BY session.id
        HAVING session.seats_taken <> coalesce(sum(booking.seats), 0) OR session.seats_taken > session.capacity
    """,
    "a client has two places in one session": """
        SELECT session_id, client_id, count(*) FROM bookings WHERE status <> 'cancelled'
        GROUP BY session_id, client_id HAVING count(*) > 1
    """,
    "a booking stands in a session that is called off": """
        SELECT booking.id FROM bookings AS booking JOIN sessions AS session ON session.id = booking.session_id
        WHERE session.status = 'cancelled' AND booking.status <> 'cancelled'
    """,
    "a session without anybody keeps its time": """
        SELECT id FROM sessions WHERE seats_taken = 0 AND NOT open_class AND status <> 'cancelled'
    """,
    "a claim outlived its time": """
        SELECT id, status, expires_at FROM bookings WHERE expires_at < now() - interval '90 seconds'
    """,
    "somebody waits although enough seats are free": """
        SELECT session.id, waiting.id FROM sessions AS session
        JOIN services AS service ON service.id = session.service_id
        JOIN LATERAL (SELECT booking.id, booking.seats, booking.pay_with_credits FROM bookings AS booking
                      WHERE booking.session_id = session.id AND booking.status = 'waitlisted'
                      ORDER BY booking.waitlisted_at, booking.id LIMIT 1) AS waiting ON true
        WHERE session.capacity - session.seats_taken >= waiting.seats
          AND NOT waiting.pay_with_credits
          AND session.status <> 'cancelled'
          AND session.starts_at - make_interval(mins => service.waitlist_close_minutes) > now()
    """,
    "a movement of the ledger does not balance": """
        SELECT transfer_id, unit, sum(amount) FROM ledger_lines GROUP BY transfer_id, unit HAVING sum(amount) <> 0
    """,
    "an allocation is not the sum of its movements, or below zero": """
        SELECT allocation.id, allocation.remaining, coalesce(sum(line.amount), 0)
        FROM allocations AS allocation LEFT JOIN ledger_lines AS line ON line.allocation_id = allocation.id
             AND line.account LIKE 'allocation:%%'
        GROUP BY allocation.id
        HAVING allocation.remaining < 0 OR allocation.remaining <> coalesce(sum(line.amount), 0)
    """,
}


def violations(world: World, records: Sequence[Record]) -> list[str]:
    """One line for each thing that must not be; documents are compared as well, so the relay must be done."""
    return [
        *(f"{wrong}: {row}" for wrong, query in _QUERIES.items() for row in world.rows(query)),
        *_lost(world, [booking for record in records for booking in record.booked]),
        *_answered_differently(world, records),
        *(f"Firestore: {line}" for line in drift(world)),
    ]


def _lost(world: World, promised: Sequence[str]) -> Iterable[str]:
    known = {id_ for (id_,) in world.rows("SELECT id::text FROM bookings")}
    return [f"a booking that was confirmed is gone: {id_}" for id_ in promised if id_ not in known]


def _answered_differently(world: World, records: Sequence[Record]) -> Iterable[str]:
    """Commands of the sample, sent once more."""
    for record in records:
        for name, uid, content, answer in record.sample:
            again = _again(world, uid, name, content)
            if again is not None and again != _told(answer):
                yield f"{name} {content} was answered {_told(answer)}, and now {again}"


def _again(world: World, uid: str, name: str, content: dict[str, Any]) -> Any:
    before = world.rows("SELECT count(*) FROM audit")
    told = _told(dict(world.run(uid, name, **content).answer))
    assert world.rows("SELECT count(*) FROM audit") == before, f"{name} {content} had a second effect"
    return told


def _told(answer: dict[str, Any]) -> Any:
    """What of an answer a client acts on."""
    return answer.get("result") or answer["error"]["details"]["reason"]
