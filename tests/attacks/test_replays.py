"""Commands sent again: by others, with other content, all at once; and answers that are somebody else's."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from tests.attacks.arena import Arena
from tests.attacks.attempt import Attempt, calls
from tests.attacks.targets import at
from tests.world import ADMIN


def offer(hour: int, command_id: str, who: str = "mal") -> Attempt:
    return calls(
        who,
        "bookings.book_session",
        "",
        "",
        command_id=command_id,
        service_id="@boxing",
        starts_at=at(hour, days=7),
    )


def test_a_stolen_command_id_gives_no_answer_of_its_owner(arena: Arena) -> None:
    command_id = str(uuid4())
    given = arena.succeed(calls("ada", "account.create_calendar_feed", "", "", command_id=command_id))
    path = given.result["path"]

    stolen = arena.try_(calls("mal", "account.create_calendar_feed", "", "", command_id=command_id))

    assert path not in stolen.text
    assert stolen.result["path"] != path
    arena.world.call("mal", "account.revoke_calendar_feed")


def test_a_command_id_keeps_its_meaning(arena: Arena) -> None:
    command_id = str(uuid4())
    booked = arena.succeed(offer(15, command_id))

    other = offer(16, command_id)
    cancel = calls(
        "mal",
        "bookings.cancel_booking",
        "",
        "",
        command_id=command_id,
        booking_id=booked.result["booking_id"],
    )

    with arena.unchanged():
        answers = [arena.try_(other), arena.try_(cancel)]
    assert {answer.verdict for answer in answers} == {"ALREADY_EXISTS COMMAND_ID_REUSED"}


def test_a_command_sent_many_times_at_once_has_one_effect(arena: Arena) -> None:
    grant = {"client_id": "bob", "amount": 7, "reason": "a present"}
    again = calls("tom", "bookings.grant_credits", "", "", command_id=str(uuid4()), **grant)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(arena.try_, [again] * 8))

    assert {answer.verdict for answer in answers} <= {"OK", "ABORTED CONTENDED"}
    assert arena.world.rows("SELECT count(*), sum(remaining) FROM allocations WHERE client_id = 'bob'") == [
        (1, 7)
    ]


def test_a_refusal_is_replayed_as_a_refusal(arena: Arena) -> None:
    refused = calls("mal", "bookings.cancel_booking", "NOT_FOUND BOOKING_NOT_FOUND", "a refusal again",
                    command_id=str(uuid4()), booking_id="@booking")  # fmt: skip

    arena.withstand(refused, refused)


def test_the_secret_of_a_webhook_is_told_once(arena: Arena) -> None:
    listed = arena.try_(calls(ADMIN, "admin.list_webhooks", "", ""))
    audit = arena.try_(calls(ADMIN, "admin.search_audit", "", "", limit=200))
    export = arena.try_(calls(ADMIN, "admin.export_audit", "", ""))

    for answer in (listed, audit, export):
        assert answer.verdict == "OK"
        assert arena.names["webhook_secret"] not in answer.text
        assert arena.names["calendar"] not in answer.text
    assert arena.names["webhook_secret"] not in arena.doors.documents()
    assert arena.names["calendar"] not in arena.doors.documents()
