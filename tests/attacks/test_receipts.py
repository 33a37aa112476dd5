"""Receipts of pushes: signed for one delivery, sent by programs that are not signed in, forged by who knows an id."""

from base64 import urlsafe_b64encode
from uuid import UUID, uuid4

import pytest

from courtside.config import read_settings
from courtside.notifications.receipts import receipt_of
from courtside.notifications.unsubscribing import Subscription, token_of
from tests.attacks.arena import Arena
from tests.attacks.deployed import Deployed

SECRETS = read_settings({"GCLOUD_PROJECT": "demo", "DATABASE_URL": "postgresql://"}).unsubscribe_secrets
DELIVERY = uuid4()


def written(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def receipt(secrets: tuple[str, ...] = SECRETS, delivery: UUID = DELIVERY) -> str:
    signed = receipt_of(secrets, delivery)
    assert signed is not None
    return signed


FORGED = {
    "an id alone": str(DELIVERY),
    "no signature": written(DELIVERY.bytes),
    "a signature of chance": written(DELIVERY.bytes + b"x" * 16),
    "the signature of another delivery": receipt()[:21] + receipt(delivery=uuid4())[21:],
    "a key that is not ours": receipt(("x" * 40,)),
    "the link of an e-mail": token_of(SECRETS, Subscription("ada", "session.booked")),
    "nothing": "",
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_a_receipt_that_is_forged_notes_nothing(arena: Arena, forged: str) -> None:
    with arena.unchanged():
        reply = arena.doors.http.post(
            f"{arena.doors.functions}/acknowledge", data={"receipt": forged, "what": "clicked"}
        )

    assert reply.status_code in {400, 404}
    assert reply.content == b""


def test_what_signs_on_one_machine_does_not_count_where_it_is_deployed(
    arena: Arena, production: Deployed
) -> None:
    with arena.unchanged():
        reply = production.post("acknowledge", f"receipt={receipt()}&what=shown".encode())

    assert reply.status == 404
