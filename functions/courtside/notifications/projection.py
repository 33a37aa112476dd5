"""`users/{uid}/inbox/{notification_id}`: one notification as its owner's screens show it."""

from datetime import datetime
from typing import Any

from courtside.firestore.values import Fields
from courtside.notifications.messages.rendering import message_of
from courtside.notifications.model import Notification
from courtside.notifications.types import Priority, actions_of, hints_of, type_of


def project_notification(notification: Notification) -> Fields:
    """Read by its owner only; texts for clients that do not make their own of type and payload."""
    message = message_of(notification, notification.language, notification.time_zone)
    hints = hints_of(Priority(notification.priority))
    return {
        "type": notification.type,
        "category": type_of(notification.type).category.value,
        "priority": notification.priority,
        "title": message.title,
        "body": message.body,
        "payload": with_instants(notification.payload),
        "actions": _actions(notification, dict(message.actions)),
        "link": message.link,
        "count": notification.count,
        "sound": hints.sound,
        "toast": hints.toast.value,
        "created_at": notification.created_at,
        "expires_at": notification.expires_at,
        "read_at": notification.read_at,
        "archived_at": notification.archived_at,
        "snoozed_until": notification.snoozed_until,
    }


def with_instants(payload: dict[str, Any]) -> dict[str, Any]:
    """A JSON payload with its times, which JSON carries as text under names that end in `_at`, as times again."""
    return {
        name: datetime.fromisoformat(value) if name.endswith("_at") and isinstance(value, str) else value
        for name, value in payload.items()
    }


def _actions(notification: Notification, labels: dict[str, str]) -> list[dict[str, Any]]:
    """What can be done about it; of several in one, nothing: each has its own page."""
    offered = actions_of(notification.type, notification.payload)
    return [{**action, "label": labels[action["name"]]} for action in offered if action["name"] in labels]
