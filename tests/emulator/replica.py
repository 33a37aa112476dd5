"""A client of a Listen stream that keeps what it was told, as the SDKs do."""

from typing import Any

from emulator.core.access import UNRESTRICTED, Access
from emulator.core.database import Database
from emulator.core.listen.messages import Response
from emulator.core.listen.registry import Listeners
from emulator.core.listen.stream import ListenStream
from emulator.wire import StructuredQuery, Target, TargetChange
from tests.emulator.databases import DOCUMENTS

TARGET_ID = 7


class Replica:
    """The documents of each target by path, as of the last consistent snapshot and before it."""

    def __init__(self, database: Database, listeners: Listeners, access: Access = UNRESTRICTED) -> None:
        self.stream = ListenStream(database, listeners, self._receive, access)
        self.received: list[Response] = []
        self.documents: dict[int, dict[str, Any]] = {}
        self.current: set[int] = set()
        self.removed: dict[int, str] = {}
        self.token = b""
        self.read_time = 0
        self.snapshots = 0
        self.filters: list[tuple[int, int]] = []

    def listen_query(
        self, query: StructuredQuery, target_id: int = TARGET_ID, parent: str = "", **target: Any
    ) -> None:
        """Add a target for a query."""
        below = f"{DOCUMENTS}/{parent}" if parent else DOCUMENTS
        wanted = Target(target_id=target_id, query={"parent": below}, **target)
        wanted.query.structured_query.CopyFrom(query)
        self.stream.add_target(wanted)

    def listen_documents(self, *paths: str, target_id: int = TARGET_ID, **target: Any) -> None:
        """Add a target for documents."""
        names = [f"{DOCUMENTS}/{path}" for path in paths]
        self.stream.add_target(Target(target_id=target_id, documents={"documents": names}, **target))

    def paths(self, target_id: int = TARGET_ID) -> set[str]:
        """The paths of a target's documents."""
        return set(self.documents.get(target_id, ()))

    def take(self) -> list[Response]:
        """What was received since the last call."""
        taken, self.received = self.received, []
        return taken

    def _receive(self, response: Response) -> None:
        self.received.append(response)
        message = response.message
        kind = message.WhichOneof("response_type")
        if kind == "target_change":
            self._take_target_change(message.target_change)
        elif kind == "document_change":
            change = message.document_change
            for target_id in change.target_ids:
                self.documents[target_id][_path(change.document.name)] = change.document
            self._drop(change.document.name, change.removed_target_ids)
        elif kind == "filter":
            self.filters.append((message.filter.target_id, message.filter.count))
        else:
            gone = getattr(message, kind)
            self._drop(gone.document, gone.removed_target_ids)

    def _take_target_change(self, change: Any) -> None:
        if change.target_change_type == TargetChange.NO_CHANGE and not change.target_ids:
            assert change.read_time.ToMicroseconds() >= self.read_time
            self.token, self.read_time = change.resume_token, change.read_time.ToMicroseconds()
            self.snapshots += 1
        for target_id in change.target_ids:
            if change.target_change_type in (TargetChange.ADD, TargetChange.RESET):
                self.documents[target_id] = {}
            elif change.target_change_type == TargetChange.CURRENT:
                self.current.add(target_id)
            elif change.target_change_type == TargetChange.REMOVE:
                self.removed[target_id] = change.cause.message

    def _drop(self, name: str, target_ids: Any) -> None:
        for target_id in target_ids:
            self.documents[target_id].pop(_path(name), None)


def _path(name: str) -> str:
    return name.removeprefix(f"{DOCUMENTS}/")
