"""A first booking to copy and paste, with a time that is open right now."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from local.auth import Account
from local.documents import reading_documents

_TRAINERS_ASKED = 5
_DAYS_ASKED = 14


@dataclass(frozen=True)
class OpenSlot:
    """A time at which a service of a trainer can be booked."""

    service_id: str
    starts_at: datetime


def find_open_slot(project: str, firestore_host: str) -> OpenSlot | None:
    """The first open time of the coming days, from the documents that everybody may read."""
    with reading_documents(project, firestore_host) as client:
        slots = (slot for day in _days(client, datetime.now(UTC)) for slot in slots_of(day))
        return next(slots, None)


def slots_of(day: Mapping[str, Any]) -> list[OpenSlot]:
    """The times of a day's document that make a session of their own."""
    return [
        OpenSlot(slot["service_id"], slot["starts_at"]) for slot in day["slots"] if slot["session_id"] is None
    ]


def booking_commands(auth_host: str, functions_url: str, client: Account, slot: OpenSlot) -> str:
    """Shell commands that sign a client in and book; repeated as they are, they book only once."""
    sign_in = {"email": client.email, "password": client.password, "returnSecureToken": True}
    booking = {
        "command": "book_session",
        "command_id": str(uuid4()),
        "service_id": slot.service_id,
        "starts_at": slot.starts_at.astimezone(UTC).isoformat(),
    }
    accounts = f"http://{auth_host}/identitytoolkit.googleapis.com/v1/accounts:signInWithPassword?key=local"
    return "\n".join(
        [
            f"TOKEN=$(curl -s '{accounts}' \\",
            f"  -H 'Content-Type: application/json' -d '{json.dumps(sign_in)}' \\",
            """  | python3 -c 'import json, sys; print(json.load(sys.stdin)["idToken"])')""",
            f"curl -s -w '\\n' {functions_url}/bookings \\",
            """  -H 'Content-Type: application/json' -H "Authorization: Bearer $TOKEN" \\""",
            f"  -d '{json.dumps({'data': booking})}'",
        ]
    )


def _days(client: Any, now: datetime) -> Iterator[Mapping[str, Any]]:
    """The days of some trainers from tomorrow on, the nearest first."""
    trainers = list(client.collection("trainers").limit(_TRAINERS_ASKED).stream())
    for offset in range(1, _DAYS_ASKED + 1):
        on_date = (now + timedelta(days=offset)).date().isoformat()
        for trainer in trainers:
            day = trainer.reference.collection("days").document(on_date).get()
            if day.exists:
                yield day.to_dict()
