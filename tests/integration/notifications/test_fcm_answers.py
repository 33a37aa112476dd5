"""Every answer of FCM, from the stand-in: what becomes of the delivery, of its installation, and of the channel."""

import logging
import re

import pytest

from courtside.db.outbox import count_backlog
from courtside.db.reader import Reader
from courtside.db.unit_of_work import read_snapshot, run_transaction
from courtside.notifications.breaker import FAILURES_TO_OPEN
from courtside.relay.dead_letters import Which, list_dead, revive
from local.fcm.answers import Answer
from local.fcm.client import ALL, FcmStandIn
from tests.integration.notifications.channels import Channels, book_for

TOKEN = "phone:tom"
APP = "app-phone:tom"


def answer(channels: Channels, fcm: FcmStandIn, *answers: Answer | str) -> None:
    """A push to Tom that is answered like this."""
    fcm.script(TOKEN, *answers)
    book_for(channels)
    channels.send(channels.pushes)


@pytest.mark.parametrize("name", ["UNREGISTERED", "INVALID_TOKEN"])
def test_a_token_that_is_no_more_is_not_sent_to_again(channels: Channels, fcm: FcmStandIn, name: str) -> None:
    answer(channels, fcm, name)

    assert channels.installation(APP) == ("removed", name)
    assert (channels.delivery()["state"], channels.delivery()["reason"]) == ("failed", name)
    book_for(channels, hour=14)
    channels.send(channels.pushes)
    assert len(fcm.attempts(TOKEN)) == 1


def test_a_token_that_was_renewed_meanwhile_is_kept_and_sent_to(channels: Channels, fcm: FcmStandIn) -> None:
    fcm.script(TOKEN, Answer("UNREGISTERED", latency_seconds=1.0))
    book_for(channels)
    channels.send_while(lambda: channels.renew(APP, "phone:tom-2"))

    channels.send(channels.pushes)

    assert channels.installation(APP) == ("active", None)
    assert len(fcm.messages("phone:tom-2")) == 1


def test_a_message_that_fcm_does_not_take_is_a_dead_letter(channels: Channels, fcm: FcmStandIn) -> None:
    answer(channels, fcm, "INVALID_ARGUMENT")

    assert (channels.delivery()["state"], channels.delivery()["reason"]) == ("dead", "INVALID_ARGUMENT")
    assert channels.installation(APP) == ("active", None)


def test_tokens_of_another_project_are_quarantined_and_somebody_is_called(
    channels: Channels, fcm: FcmStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer(channels, fcm, "SENDER_ID_MISMATCH")

    assert channels.installation(APP) == ("quarantined", "SENDER_ID_MISMATCH")
    assert channels.delivery()["state"] == "dead"
    assert [vars(record)["fields"]["reasons"] for record in caplog.records] == [["SENDER_ID_MISMATCH"]]
    assert TOKEN not in caplog.text


def test_bad_keys_of_a_platform_are_not_tried_again(
    channels: Channels, fcm: FcmStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer(channels, fcm, "THIRD_PARTY_AUTH_ERROR")

    delivery = channels.delivery()
    assert (delivery["state"], delivery["reason"]) == ("dead", "THIRD_PARTY_AUTH_ERROR")
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert channels.installation(APP) == ("active", None)


@pytest.mark.parametrize(
    ("told", "least", "most"),
    [
        (Answer("QUOTA_EXCEEDED"), 58, 66),
        (Answer("QUOTA_EXCEEDED", retry_after=7), 5, 8),
        (Answer("QUOTA_EXCEEDED", retry_after=120, retry_after_date=True), 115, 132),
        (Answer("UNAVAILABLE", retry_after=30), 28, 33),
    ],
)
def test_who_asks_for_a_pause_gets_it_for_the_whole_channel(
    channels: Channels, fcm: FcmStandIn, told: Answer, least: float, most: float
) -> None:
    answer(channels, fcm, told)

    assert channels.delivery()["state"] == "waiting"
    assert least <= channels.delivery()["pause"] <= most
    assert least <= channels.pushes.breaker.closed_seconds <= most
    channels.make_due()
    assert channels.send(channels.pushes) == 0
    assert len(fcm.attempts(TOKEN)) == 1


@pytest.mark.parametrize("name", ["INTERNAL", "UNAVAILABLE", "BAD_GATEWAY"])
def test_trouble_of_fcm_is_sat_out_from_ten_seconds_on(
    channels: Channels, fcm: FcmStandIn, name: str
) -> None:
    answer(channels, fcm, Answer(name, times=2))
    first = channels.delivery()
    channels.make_due()
    channels.send(channels.pushes)
    second = channels.delivery()
    channels.make_due()
    channels.send(channels.pushes)

    assert (first["state"], second["state"]) == ("waiting", "waiting")
    assert 9 <= first["pause"] <= 15
    assert 19 <= second["pause"] <= 30
    assert channels.delivery()["state"] == "accepted"
    assert channels.delivery()["attempts"] == 3


@pytest.mark.parametrize(
    "lost",
    [Answer(drop="after"), Answer(drop="after", drop_stream=True), Answer("BAD_GATEWAY", accepted=True)],
)
def test_what_may_have_been_accepted_is_sent_again_and_seen_once(
    channels: Channels, fcm: FcmStandIn, lost: Answer
) -> None:
    fcm.script(
        TOKEN, Answer(lost.answer, 1, drop=lost.drop, drop_stream=lost.drop_stream, accepted=lost.accepted)
    )
    book_for(channels)
    channels.send(channels.pushes)
    channels.make_due()

    channels.send(channels.pushes)

    assert len(fcm.messages(TOKEN)) == 2
    (shown,) = fcm.visible(TOKEN)
    assert shown.replaced == 1
    assert channels.delivery()["state"] == "accepted"


def test_it_ends_when_the_message_expires(channels: Channels, fcm: FcmStandIn) -> None:
    answer(channels, fcm, "UNAVAILABLE")
    channels.world.rows(
        "UPDATE deliveries SET first_sent_at = now() - interval '1 day' + interval '5 seconds' RETURNING id"
    )
    channels.make_due()

    channels.send(channels.pushes)

    delivery = channels.delivery()
    assert (delivery["state"], delivery["reason"]) == ("failed", "expired")
    assert delivery["last_error"] == "UNAVAILABLE"


def test_our_own_credentials_are_no_fault_of_the_message(
    channels: Channels, fcm: FcmStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer(channels, fcm, Answer("PERMISSION_DENIED", times=1))
    assert channels.delivery()["state"] == "waiting"
    assert len(caplog.records) == 1

    channels.make_due()
    channels.send(channels.pushes)

    assert channels.delivery()["state"] == "accepted"


def test_the_channel_opens_after_failures_and_closes_after_a_probe(
    channels: Channels, fcm: FcmStandIn
) -> None:
    for number in range(FAILURES_TO_OPEN + 3):
        channels.install("tom", f"tablet:{number}")
    fcm.script(ALL, Answer("INTERNAL", times=FAILURES_TO_OPEN * 40))
    book_for(channels)
    for _ in range(2):
        channels.make_due()
        channels.send(channels.pushes)
    assert channels.pushes.breaker.is_tripped
    assert channels.pushes.breaker.allowance(100) == 0
    before = len(fcm.attempts())

    fcm.unscript()
    channels.end_pause()
    channels.make_due()
    assert channels.send(channels.pushes) == 1
    assert len(fcm.attempts()) == before + 1
    assert not channels.pushes.breaker.is_tripped
    channels.make_due()
    channels.send(channels.pushes)
    assert {delivery["state"] for delivery in channels.deliveries()} == {"accepted"}


def test_no_line_of_the_log_holds_a_token_or_a_text(
    channels: Channels, fcm: FcmStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="courtside"):
        answer(channels, fcm, "INVALID_ARGUMENT")

    told = " ".join(f"{record.getMessage()} {vars(record).get('fields')}" for record in caplog.records)
    assert "INVALID_ARGUMENT" in told
    assert not re.search(rf"{TOKEN}|Boxing|Ada", told)


def test_operators_see_what_was_given_up_and_send_it_again(channels: Channels, fcm: FcmStandIn) -> None:
    answer(channels, fcm, Answer("INVALID_ARGUMENT", times=1))
    backends = channels.world.backends
    (letter,) = read_snapshot(backends.pool, lambda reader: list(list_dead(reader, Which(), limit=10)))
    dead = read_snapshot(backends.pool, count_backlog).dead

    revived = run_transaction(backends.pool, lambda connection: revive(Reader(connection), [letter]))
    channels.send(channels.pushes)

    assert (dead, revived) == (1, 1)
    assert letter.path.startswith("deliveries/push/")
    assert letter.reason == "INVALID_ARGUMENT"
    assert channels.delivery()["state"] == "accepted"
    assert read_snapshot(backends.pool, count_backlog).dead == 0
