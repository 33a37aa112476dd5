"""Webhooks from the commit to the receiver: once each, tried again, given up in the open, sent once more on demand."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import standardwebhooks

from courtside.notifications.endpoints import FAILURES_TO_TELL
from courtside.notifications.webhooks import RETRY_SECONDS
from courtside.relay import webhook_lane
from courtside.relay.webhook_lane import deliver_once
from tests.integration.notifications.receiver import Receiver, running_receiver
from tests.world import ADMIN, World


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


@pytest.fixture
def studio(world: World) -> World:
    """An admin, and webhooks that may go to this machine."""
    world.make_admin()
    world.backends = replace(
        world.backends, settings=replace(world.backends.settings, calls_to_loopback=True)
    )
    return world


def add(studio: World, receiver: Receiver, **content: Any) -> dict[str, Any]:
    return studio.call(ADMIN, "admin.add_webhook", reason="asked for", url=receiver.url, **content)


def make_due(studio: World) -> None:
    studio.rows("UPDATE outbox SET next_at = now() WHERE kind = 'webhook' RETURNING id")


def record_of(studio: World) -> dict[str, Any]:
    (record,) = studio.call(ADMIN, "admin.list_webhooks")["webhooks"]
    return dict(record)


def types_of(receiver: Receiver) -> list[str]:
    return [json.loads(body)["type"] for _, body in receiver.requests]


def test_what_admins_are_told_is_posted_and_verifies(studio: World, receiver: Receiver) -> None:
    secret = add(studio, receiver)["secret"]

    studio.register_client("ada")
    deliver_once(studio.backends)

    ((headers, body),) = receiver.requests
    message: Any = standardwebhooks.Webhook(secret).verify(body.decode(), headers)
    assert message["type"] == "user:registered"
    assert message["data"] == {"user_id": "ada"}
    record = record_of(studio)
    assert (record["waiting"], record["failures_in_a_row"]) == (0, 0)
    assert record["last_success_at"] is not None


def test_each_receiver_gets_the_types_that_it_asked_for(studio: World, receiver: Receiver) -> None:
    add(studio, receiver, types=["trainer:applied"])
    with running_receiver() as other:
        studio.call(ADMIN, "admin.add_webhook", reason="asked for", url=other.url)

        studio.register_client("ada")
        studio.call("tim", "trainers.apply", display_name="Tim", time_zone="UTC")
        while deliver_once(studio.backends):
            pass

        assert types_of(receiver) == ["trainer:applied"]
        assert sorted(types_of(other)) == ["trainer:applied", "user:registered", "user:registered"]


def test_a_refused_command_posts_nothing(studio: World, receiver: Receiver) -> None:
    add(studio, receiver)
    studio.register_client("ada")
    deliver_once(studio.backends)

    studio.refusal("ada", "account.register_client", display_name="Ada", time_zone="UTC")

    assert deliver_once(studio.backends) == 0
    assert len(receiver.requests) == 1


def test_a_failure_is_tried_again_with_the_same_id(studio: World, receiver: Receiver) -> None:
    add(studio, receiver)
    receiver.statuses = [500, 429]
    studio.register_client("ada")

    for _ in range(3):
        deliver_once(studio.backends)
        assert deliver_once(studio.backends) == 0  # not before its time
        make_due(studio)

    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 1
    assert len(receiver.requests) == 3
    assert record_of(studio)["waiting"] == 0


def test_a_redirect_is_not_followed(studio: World, receiver: Receiver) -> None:
    add(studio, receiver)
    receiver.statuses, receiver.headers = [302], {"Location": receiver.url}
    studio.register_client("ada")

    deliver_once(studio.backends)

    assert len(receiver.requests) == 1
    assert record_of(studio)["last_failure"] == "HTTP 302"


def test_a_message_that_nobody_takes_is_given_up_in_the_open_and_can_be_replayed(
    studio: World, receiver: Receiver
) -> None:
    """cal.com #13494: webhooks that stop for ever after three failures."""
    endpoint = add(studio, receiver, types=["user:registered"])["endpoint_id"]
    attempts = len(RETRY_SECONDS) + 1
    receiver.statuses = [503] * attempts
    studio.register_client("ada")

    for _ in range(attempts + 1):
        deliver_once(studio.backends)
        make_due(studio)

    assert len(receiver.requests) == attempts
    record = record_of(studio)
    assert record["active"]
    assert (record["given_up"], record["failures_in_a_row"]) == (1, attempts)
    (delivery,) = studio.call(ADMIN, "admin.webhook_deliveries", endpoint_id=endpoint, failed=True)[
        "deliveries"
    ]
    assert delivery["last_error"] == "HTTP 503"
    told = studio.rows(
        "SELECT count(*) FROM outbox WHERE kind = 'feed' AND payload ->> 'type' = 'webhook:failing'"
    )
    assert told == [(attempts // FAILURES_TO_TELL,)]

    replayed = studio.call(
        ADMIN, "admin.replay_webhook", endpoint_id=endpoint, message_id=delivery["message_id"]
    )
    while deliver_once(studio.backends):
        pass

    assert replayed == {"messages": 1}
    assert receiver.requests[-1][0]["webhook-id"] == receiver.requests[0][0]["webhook-id"]
    assert record_of(studio)["given_up"] == 0


def test_a_receiver_that_is_gone_is_stopped_and_told_of(studio: World, receiver: Receiver) -> None:
    endpoint = add(studio, receiver)["endpoint_id"]
    receiver.statuses = [410]
    studio.register_client("ada")
    deliver_once(studio.backends)

    record = record_of(studio)
    assert (record["active"], record["stopped"]) == (False, "gone")
    assert studio.rows("SELECT 1 FROM outbox WHERE kind = 'feed' AND payload ->> 'type' = 'webhook:stopped'")

    studio.call(ADMIN, "admin.update_webhook", reason="asked for", endpoint_id=endpoint, active=True)
    studio.register_client("bob")
    while deliver_once(studio.backends):
        pass
    assert types_of(receiver)[-1] == "user:registered"


def test_messages_wait_while_a_receiver_rests(studio: World, receiver: Receiver) -> None:
    endpoint = add(studio, receiver)["endpoint_id"]
    studio.call(ADMIN, "admin.update_webhook", reason="asked for", endpoint_id=endpoint, active=False)
    studio.register_client("ada")
    assert deliver_once(studio.backends) == 0

    studio.call(ADMIN, "admin.update_webhook", reason="asked for", endpoint_id=endpoint, active=True)

    assert deliver_once(studio.backends) == 1
    assert types_of(receiver) == ["user:registered"]


def test_both_secrets_sign_after_a_change(studio: World, receiver: Receiver) -> None:
    added = add(studio, receiver)
    rotated = studio.call(
        ADMIN, "admin.rotate_webhook_secret", reason="asked for", endpoint_id=added["endpoint_id"]
    )
    studio.register_client("ada")
    deliver_once(studio.backends)

    ((headers, body),) = receiver.requests
    for secret in (added["secret"], rotated["secret"]):
        standardwebhooks.Webhook(secret).verify(body.decode(), headers)


def test_a_removed_receiver_gets_nothing_more(studio: World, receiver: Receiver) -> None:
    endpoint = add(studio, receiver)["endpoint_id"]
    studio.register_client("ada")
    studio.call(ADMIN, "admin.remove_webhook", endpoint_id=endpoint)
    studio.register_client("bob")

    assert deliver_once(studio.backends) == 0
    assert studio.call(ADMIN, "admin.list_webhooks")["webhooks"] == []
    refusal = studio.refusal(ADMIN, "admin.replay_webhook", endpoint_id=endpoint)
    assert refusal.reason == "WEBHOOK_NOT_FOUND"


def test_a_slow_receiver_holds_up_neither_documents_nor_others(
    studio: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_lane, "_CONCURRENT", 4)
    receiver.holds = threading.Event()
    add(studio, receiver)
    studio.register_client("ada")
    slow = threading.Thread(target=deliver_once, args=(studio.backends,))
    slow.start()
    with running_receiver() as quick:
        studio.call(ADMIN, "admin.add_webhook", reason="asked for", url=quick.url)

        studio.register_client("bob")

        assert studio.document("clients/bob") is not None
        deliver_once_but_for_the_slow(studio)
        assert types_of(quick) == ["user:registered"]
    receiver.holds.set()
    slow.join(timeout=30)
    assert not slow.is_alive()


def deliver_once_but_for_the_slow(studio: World) -> None:
    """The slow receiver's second message is due as well, and would hold up this test alone."""
    studio.rows(
        "UPDATE outbox SET next_at = now() + interval '1 hour' WHERE kind = 'webhook' AND lease_until IS NULL"
        " AND target = (SELECT id::text FROM webhook_endpoints ORDER BY created_at LIMIT 1) RETURNING id"
    )
    deliver_once(studio.backends)


def test_two_lanes_never_send_the_same_message_at_once(studio: World, receiver: Receiver) -> None:
    add(studio, receiver)
    for index in range(12):
        studio.register_client(f"client{index}")

    lanes = [threading.Thread(target=_empty, args=(studio,)) for _ in range(3)]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()

    sent = [headers["webhook-id"] for headers, _ in receiver.requests]
    assert len(sent) == len(set(sent)) == 12


def _empty(studio: World) -> None:
    while deliver_once(studio.backends):
        pass


@pytest.mark.parametrize(
    "url", ["http://example.com/", "https://10.0.0.1/", "https://x.internal:22/", "nothing"]
)
def test_an_address_that_must_not_be_called_is_refused(studio: World, url: str) -> None:
    with pytest.raises(Exception, match="expected shape"):
        studio.run(ADMIN, "admin.add_webhook", reason="asked for", url=url)
    assert studio.call(ADMIN, "admin.list_webhooks")["webhooks"] == []


def test_secrets_are_in_no_list_and_no_audit(studio: World, receiver: Receiver) -> None:
    secret = add(studio, receiver)["secret"]

    assert secret not in str(studio.call(ADMIN, "admin.list_webhooks"))
    assert secret not in str(studio.rows("SELECT before, after FROM audit"))
