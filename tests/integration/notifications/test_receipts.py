"""A service worker that is not signed in says what it saw of a push, by the receipt in it; nobody else can."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from flask import Request
from werkzeug.test import Client, TestResponse

import main
from courtside.notifications.receipts import read_receipt, receipt_of
from local.fcm.client import FcmStandIn
from tests.integration.notifications.channels import Channels, book_for

SECRETS = ("s" * 32,)
Report = Callable[..., TestResponse]


@pytest.fixture
def report(channels: Channels) -> Iterator[Report]:
    """Sends a form to the function."""
    runtime: dict[str, Any] = vars(main.runtime)
    before = dict(runtime)
    runtime["backends_factory"] = lambda: channels.world.backends

    def report(receipt: str, what: str, *, method: str = "POST") -> TestResponse:
        client = Client(lambda environ, start: main.acknowledge(Request(environ))(environ, start))
        return client.open("/acknowledge", method=method, data={"receipt": receipt, "what": what})

    yield report
    runtime.clear()
    runtime.update(before)


@pytest.fixture
def receipt(channels: Channels, fcm: FcmStandIn) -> str:
    """What came with Tom's push."""
    book_for(channels)
    channels.send(channels.pushes)
    (push,) = fcm.messages("phone:tom")
    found: str = push.message["data"]["receipt"]
    return found


def seen(channels: Channels) -> list[bool]:
    """Whether the push was received, shown, clicked, acted upon; and its notification read."""
    ((*noted,),) = channels.world.rows(
        "SELECT d.received_at IS NOT NULL, d.shown_at IS NOT NULL, d.clicked_at IS NOT NULL,"
        " d.acted_at IS NOT NULL, n.read_at IS NOT NULL"
        " FROM deliveries AS d JOIN notifications AS n ON n.id = d.notification_id WHERE d.channel = 'push'"
    )
    return noted


@pytest.mark.parametrize(
    ("what", "noted"),
    [
        ("received", [True, False, False, False, False]),
        ("shown", [True, True, False, False, False]),
        ("clicked", [True, True, True, False, True]),
    ],
)
def test_what_a_service_worker_saw_is_noted(
    channels: Channels, report: Report, receipt: str, what: str, noted: list[bool]
) -> None:
    answer = report(receipt, what)

    assert (answer.status_code, answer.data) == (204, b"")
    assert seen(channels) == noted


def test_a_report_counts_once(channels: Channels, report: Report, receipt: str) -> None:
    report(receipt, "shown")
    first = channels.world.rows("SELECT shown_at FROM deliveries WHERE channel = 'push'")

    assert report(receipt, "shown").status_code == 204
    assert channels.world.rows("SELECT shown_at FROM deliveries WHERE channel = 'push'") == first


def test_what_is_no_report_is_refused_and_notes_nothing(
    channels: Channels, report: Report, receipt: str
) -> None:
    nothing = seen(channels)
    stranger = receipt_of(("x" * 32,), uuid4())
    assert stranger is not None

    refused = {
        ("acted", receipt): 400,
        ("", receipt): 400,
        ("shown", ""): 404,
        ("shown", stranger): 404,
        ("shown", receipt[:-1]): 404,
        ("shown", f"{receipt}A"): 404,
        ("shown", "A" * len(receipt)): 404,
        ("shown", "A" * 500): 400,
        ("shown", "\u00e9" * len(receipt)): 400,
    }

    assert {key: report(key[1], key[0]).status_code for key in refused} == refused
    assert report(receipt, "shown", method="GET").status_code == 405
    assert seen(channels) == nothing


def test_a_receipt_of_what_is_gone_notes_nothing(channels: Channels, report: Report, receipt: str) -> None:
    channels.world.rows("DELETE FROM notifications WHERE user_id = 'tom' RETURNING id")

    assert report(receipt, "clicked").status_code == 204


def test_a_receipt_reads_as_what_was_signed_and_by_former_secrets_too() -> None:
    delivery = uuid4()
    receipt = receipt_of(SECRETS, delivery)
    assert receipt is not None

    assert read_receipt(("n" * 32, *SECRETS), receipt) == delivery
    assert read_receipt(("n" * 32,), receipt) is None
    assert read_receipt((), receipt) is None
    assert receipt_of((), delivery) is None
