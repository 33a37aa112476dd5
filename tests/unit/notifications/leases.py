"""Deliveries in hand, from which tests change what matters to them."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from courtside.notifications.model import LeasedDelivery
from courtside.notifications.types import type_of
from tests.unit.notifications.payloads import WHOLE

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
ID = UUID("00000000-0000-7000-8000-000000000001")
TOKENS = {"android": "phone:1", "ios": "ios:1", "web": "web:1"}


def leased(type_: str = "session.requested", platform: str = "android", **changes: Any) -> LeasedDelivery:
    """A push in hand; only what a test changes matters to it."""
    defaults = {
        "id": UUID("00000000-0000-7000-8000-000000000002"),
        "notification_id": ID,
        "user_id": "tom",
        "channel": "push",
        "target": "app",
        "attempts": 1,
        "created_at": NOW,
        "first_sent_at": NOW,
        "type": type_,
        "priority": type_of(type_).priority.value,
        "receipt": False,
        "payload": WHOLE,
        "count": 1,
        "language": "en",
        "time_zone": "UTC",
        "expires_at": None,
        "read_at": None,
        "archived_at": None,
        "subject_status": None,
        "subject_starts_at": None,
        "enabled": True,
        "chosen": {},
        "quiet": [],
        "quiet_zone": "UTC",
        "email": None,
        "owner_id": "tom",
        "platform": platform,
        "token": TOKENS[platform],
        "installation_state": "active",
        "now": NOW,
    }
    return LeasedDelivery(**{**defaults, **changes})
