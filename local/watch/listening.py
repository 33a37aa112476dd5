"""The Firestore listeners of one trainer's day, put into a queue for the thread that draws."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from queue import Empty, SimpleQueue
from typing import Any
from zoneinfo import ZoneInfo

from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from local.documents import PatientClient
from local.watch.state import Documents, Source

_FEED_LENGTH = 40
_MOST_SESSIONS = 300  # what the rules allow clients
_TIMEOUT_SECONDS = 3.0

Arrival = tuple[Source, Documents]


class Listening:
    """One client with its listeners; the emulator is found by FIRESTORE_EMULATOR_HOST. `close` ends them."""

    def __init__(self, project: str) -> None:
        # It retries by itself and says so with a traceback, in the middle of the screen.
        for name in ("google.api_core.bidi", "google.cloud.firestore_v1.watch"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._client = PatientClient(project=project, credentials=AnonymousCredentials())
        self._watches: list[Any] = []
        self._arrivals: SimpleQueue[Arrival] = SimpleQueue()

    def find_trainer(self) -> str | None:
        """The id of the first trainer there is.

        Raises:
            google.api_core.exceptions.GoogleAPICallError: nobody answered in time.
        """
        first = self._client.collection("trainers").limit(1).get(retry=None, timeout=_TIMEOUT_SECONDS)
        return next((str(trainer.id) for trainer in first), None)

    def find_zone(self, trainer_id: str) -> ZoneInfo:
        """The zone in which a trainer works, UTC for one who is not public.

        Raises:
            google.api_core.exceptions.GoogleAPICallError: nobody answered in time.
        """
        document = self._client.document(f"trainers/{trainer_id}")
        trainer = document.get(retry=None, timeout=_TIMEOUT_SECONDS).to_dict() or {}
        return ZoneInfo(trainer.get("time_zone", "UTC"))

    def listen(self, trainer_id: str, on_date: date, zone: ZoneInfo) -> None:
        """Begin to listen to everything that the view shows."""
        midnight = datetime.combine(on_date, time(), zone)
        next_midnight = datetime.combine(on_date + timedelta(days=1), time(), zone)
        trainer = self._client.document(f"trainers/{trainer_id}")
        sessions = self._client.collection("sessions")
        events = self._client.collection(f"feeds/trainer_{trainer_id}/events")
        watched = {
            Source.TRAINER: trainer,
            Source.DAY: trainer.collection("days").document(on_date.isoformat()),
            Source.SESSIONS: sessions.where(filter=FieldFilter("trainer_id", "==", trainer_id))
            .where(filter=FieldFilter("starts_at", ">=", midnight.astimezone(UTC)))
            .where(filter=FieldFilter("starts_at", "<", next_midnight.astimezone(UTC)))
            .limit(_MOST_SESSIONS),
            Source.FEED: events.order_by("committed_at", direction=firestore.Query.DESCENDING).limit(
                _FEED_LENGTH
            ),
        }
        self._watches = [self._watch(source, target) for source, target in watched.items()]

    @property
    def is_active(self) -> bool:
        """Whether every listener still hears its stream."""
        return all(watch.is_active for watch in self._watches)

    def take(self, timeout_seconds: float) -> list[Arrival]:
        """What has arrived, waiting so long for the first."""
        arrived: list[Arrival] = []
        with suppress(Empty):
            arrived.append(self._arrivals.get(timeout=timeout_seconds))
            while True:
                arrived.append(self._arrivals.get_nowait())
        return arrived

    def close(self) -> None:
        """End the listeners and the client."""
        for watch in self._watches:
            watch.unsubscribe()
        self._client.close()

    def _watch(self, source: Source, target: Any) -> Any:
        def arrived(documents: Sequence[Any], changes: Any, read_time: Any) -> None:
            found = {document.id: document.to_dict() for document in documents if document.exists}
            self._arrivals.put((source, found))

        return target.on_snapshot(arrived)
