"""Webhooks: signed so that the specification's own library verifies them, and never sent to a private address."""

import asyncio
import json
import socket
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import standardwebhooks

from courtside.notifications.webhooks import (
    RETRY_SECONDS,
    Attempt,
    Message,
    body_of,
    deliver,
    headers_of,
    new_secret,
    next_pause_seconds,
)

PAYLOAD = {
    "type": "session:booked",
    "occurred_at": "2026-05-04T10:00:00+00:00",
    "payload": {"booking_id": "b", "service_name": "Böxing"},
}


def message(url: str = "https://example.com/hooks", *secrets: str) -> Message:
    return Message(UUID(int=7), PAYLOAD, url, secrets or (new_secret(),))


def test_the_specifications_library_verifies_a_message() -> None:
    secret = new_secret()
    body = body_of(PAYLOAD)
    headers = headers_of(message("https://example.com", secret), body, datetime.now(UTC))

    verified: Any = standardwebhooks.Webhook(secret).verify(body.decode(), headers)

    assert verified == {
        "type": "session:booked",
        "timestamp": "2026-05-04T10:00:00+00:00",
        "data": PAYLOAD["payload"],
    }


def test_both_secrets_verify_while_a_receiver_changes_over() -> None:
    old, new = new_secret(), new_secret()
    body = body_of(PAYLOAD)
    headers = headers_of(message("https://example.com", new, old), body, datetime.now(UTC))

    for secret in (old, new):
        standardwebhooks.Webhook(secret).verify(body.decode(), headers)


def test_a_message_that_was_changed_does_not_verify() -> None:
    secret = new_secret()
    body = body_of(PAYLOAD)
    headers = headers_of(message("https://example.com", secret), body, datetime.now(UTC))

    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(secret).verify(body.decode().replace("b", "c", 1), headers)


def test_the_id_stays_the_same_over_all_attempts() -> None:
    body = body_of(PAYLOAD)
    first = headers_of(message(), body, datetime(2026, 5, 4, tzinfo=UTC))
    second = headers_of(message(), body, datetime(2026, 5, 5, tzinfo=UTC))

    assert first["webhook-id"] == second["webhook-id"] == f"msg_{UUID(int=7).hex}"
    assert first["webhook-timestamp"] != second["webhook-timestamp"]


def test_attempts_go_on_for_three_days_and_end() -> None:
    pauses = [next_pause_seconds(attempts, 0.0) for attempts in range(1, len(RETRY_SECONDS) + 2)]

    assert pauses[-1] is None
    assert 3 * 86_400 < sum(pause or 0 for pause in pauses) < 4 * 86_400
    assert pauses[:-1] == sorted(pause or 0 for pause in pauses[:-1])


@pytest.mark.parametrize("found", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::ffff:10.0.0.1", "fd00::1"])
def test_a_name_that_stands_for_a_private_address_is_not_called(
    found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _resolve_to(monkeypatch, "93.184.216.34", found)

    (attempt,) = asyncio.run(deliver([message()], to_loopback=True))

    assert not attempt.is_delivered
    assert "private address" in attempt.failure


def test_this_machine_is_called_by_local_suites_alone() -> None:
    (attempt,) = asyncio.run(deliver([message("http://127.0.0.1:9/")], to_loopback=False))

    assert "this machine's own" in attempt.failure


def test_the_connection_goes_to_the_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name whose second answer is private: DNS rebinding."""
    asked: list[str] = []
    connected: list[str] = []
    _resolve_to(monkeypatch, "93.184.216.34", asked=asked)

    async def open_connection(self: Any, host: str, port: int, **options: Any) -> Any:
        connected.append(host)
        raise OSError("no network here")

    monkeypatch.setattr("httpcore._backends.auto.AutoBackend.connect_tcp", open_connection)

    asyncio.run(deliver([message()], to_loopback=False))

    assert asked == ["example.com"]
    assert connected == ["93.184.216.34"]


@pytest.mark.parametrize(
    ("status", "delivered"),
    [(200, True), (204, True), (299, True), (301, False), (400, False), (410, False), (500, False)],
)
def test_only_success_is_success(status: int, delivered: bool) -> None:
    assert Attempt(message(), status).is_delivered is delivered


def test_the_body_is_compact_json() -> None:
    assert json.loads(body_of(PAYLOAD)) == {
        "type": "session:booked",
        "timestamp": PAYLOAD["occurred_at"],
        "data": PAYLOAD["payload"],
    }


def _resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str, asked: list[str] | None = None) -> None:
    def getaddrinfo(host: Any, port: Any, *args: Any, **options: Any) -> list[Any]:
        if asked is not None:
            asked.append(host)
        family = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
        return [(f, socket.SOCK_STREAM, 6, "", (a, port)) for f, a in zip(family, addresses, strict=True)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
