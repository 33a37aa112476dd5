"""`broadcasts/{broadcast_id}`: how far a broadcast has come, as staff see it."""

from uuid import UUID

from courtside.firestore.values import Fields
from courtside.notifications.broadcasts.model import Broadcast


def path_of(id_: UUID) -> str:
    """Where its document is."""
    return f"broadcasts/{id_}"


def project_broadcast(broadcast: Broadcast) -> Fields:
    """Read by staff only; the counts are those of `as_of`."""
    return {
        "titles": {language: text["title"] for language, text in broadcast.texts.items()},
        "audience": dict(broadcast.audience),
        "priority": broadcast.priority,
        "per_minute": broadcast.per_minute,
        "state": broadcast.state,
        "sent": broadcast.sent,
        "total": broadcast.total,
        "kept_back": broadcast.kept_back,
        "started_at": broadcast.started_at,
        "ended_at": broadcast.ended_at,
        "as_of": broadcast.counted_at,
    }
