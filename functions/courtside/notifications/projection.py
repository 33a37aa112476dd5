"""`users/{uid}/inbox/{notification_id}`: one notification as its owner's screens show it."""

from datetime import datetime
from typing import Any

from courtside.firestore.values import Fields
from courtside.notifications.model import Notification


def project_notification(notification: Notification) -> Fields:
    """Read by its owner only."""
    return {
        "type": notification.type,
        "payload": with_instants(notification.payload),
        "created_at": notification.created_at,
        "read_at": notification.read_at,
    }


def with_instants(payload: dict[str, Any]) -> dict[str, Any]:
    """A JSON payload with its times, which JSON carries as text under names that end in `_at`, as times again."""
    return {
        name: datetime.fromisoformat(value) if name.endswith("_at") and isinstance(value, str) else value
        for name, value in payload.items()
    }
