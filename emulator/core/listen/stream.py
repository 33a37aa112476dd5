"""One Listen stream: its targets, and what it sends for them; no I/O."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from emulator.core.access import UNRESTRICTED, Access, Grounds
from emulator.core.database import Database
from emulator.core.errors import FirestoreError, InvalidArgument, PermissionDenied
from emulator.core.listen.messages import MessageCache, Response, existence_filter, target_change, token_time
from emulator.core.listen.registry import Listeners, SharedView
from emulator.core.listen.views import State, ViewChange
from emulator.core.paths import document_path
from emulator.core.queries.model import Query
from emulator.core.queries.parse import parse_query
from emulator.wire import Target, TargetChange

Send = Callable[[Response], None]


@dataclass(frozen=True, slots=True)
class OpenTarget:
    """A target with the views that feed it: one for a query, one per document otherwise."""

    target: Target
    views: tuple[SharedView, ...]
    grounds: Grounds


class ListenStream:
    """The targets of one client connection, for a user with some access; `send` must not block."""

    def __init__(
        self, database: Database, listeners: Listeners, send: Send, access: Access = UNRESTRICTED
    ) -> None:
        self._access = access
        self._database = database
        self._listeners = listeners
        self._send = send
        self._targets: dict[int, OpenTarget] = {}

    def add_target(self, target: Target) -> None:
        """Begin a target: its content, or what changed since its resume token, then news until it is removed.

        A target that cannot be served is removed with the reason; the others go on.
        """
        target_id = target.target_id or self._free_id()
        if target_id in self._targets:
            raise InvalidArgument(f"target id {target_id} is already in use on this stream")
        try:
            wanted = self._parse(target)
            grounds = self._check_access(target, wanted)
            resume_time = _resume_time(target)
        except FirestoreError as refusal:
            self._send(target_change(TargetChange.REMOVE, (target_id,), cause=refusal))
            return
        views = tuple(self._listeners.subscribe(self, target_id, each) for each in wanted)
        self._targets[target_id] = OpenTarget(target, views, grounds)
        self._listeners.depend(self, target_id, grounds)
        self._send(target_change(TargetChange.ADD, (target_id,)))
        self._catch_up(target, target_id, views, resume_time)
        if target.once:
            self.remove_target(target_id)

    def _free_id(self) -> int:
        return next(number for number in range(1, 1 << 31) if number not in self._targets)

    def _parse(self, target: Target) -> list[Query | str]:
        kind = target.WhichOneof("target_type")
        if kind == "documents":
            return list(
                dict.fromkeys(document_path(name, self._database.name) for name in target.documents.documents)
            )
        if kind == "query" and target.query.HasField("structured_query"):
            query = parse_query(target.query.parent, target.query.structured_query, self._database.name)
            if query.nearest is not None:
                raise InvalidArgument("a query with find_nearest cannot be listened to")
            self._database.check_indexes(query)
            return [query]
        raise InvalidArgument("a target must name documents or a structured query")

    def _check_access(self, target: Target, wanted: Sequence[Query | str]) -> Grounds:
        for query in wanted:
            if not isinstance(query, str):
                return self._access.check_list(query.source.parent, target.query.structured_query)
        found = {path: self._database.find(path) for path in wanted if isinstance(path, str)}
        return self._access.check_get(found)

    def _catch_up(
        self, target: Target, target_id: int, views: Iterable[SharedView], resume_time: int | None
    ) -> None:
        """Send what the client does not have yet and that it is current then."""
        now = self._database.read_time()
        if resume_time is not None and not self._database.history.horizon <= resume_time <= now:
            self._send(target_change(TargetChange.RESET, (target_id,)))
            resume_time = None
        messages = MessageCache(now)
        found = 0
        for shared in views:
            news = shared.view.initial() if resume_time is None else shared.view.since(resume_time)
            for change in news:
                self._send_change(change, (target_id,), messages)
                found += change.state is State.PRESENT
        if resume_time is not None and target.HasField("expected_count"):
            known = sum(shared.view.count(resume_time) for shared in views)
            if known != target.expected_count.value:
                self._send(existence_filter(target_id, sum(shared.view.count() for shared in views)))
        current = target_change(TargetChange.CURRENT, (target_id,), now)
        current.reads = 0 if found or resume_time is not None else 1
        self._send(current)
        self._send(messages.consistent)

    def _send_change(self, change: ViewChange, target_ids: tuple[int, ...], messages: MessageCache) -> None:
        if change.state is State.PRESENT:
            self._send(messages.document(change, target_ids, ()))
        else:
            self._send(messages.document(change, (), target_ids))

    def remove_target(self, target_id: int) -> None:
        """End a target and confirm that."""
        target = self._targets.pop(target_id, None)
        if target is not None:
            self._unsubscribe(target_id, target)
        self._send(target_change(TargetChange.REMOVE, (target_id,)))

    def tell(self, told: dict[int, list[ViewChange]], time: int, messages: MessageCache) -> None:
        """Pass on one commit's changes, then that the stream is consistent at its time."""
        if self._access is not UNRESTRICTED:
            told = {
                target_id: changes for target_id, changes in told.items() if self._still_allowed(target_id)
            }
        if len(told) == 1:
            ((target_id, changes),) = told.items()
            for change in changes:
                self._send_change(change, (target_id,), messages)
        else:
            self._tell_merged(told, messages)
        self._send(messages.consistent)

    def _still_allowed(self, target_id: int) -> bool:
        """Whether a target may go on; one that may not is removed with the reason."""
        held = self._targets[target_id]
        try:
            grounds = self._check_access(held.target, [view.identity for view in held.views])
        except PermissionDenied as refusal:
            self._unsubscribe(target_id, self._targets.pop(target_id))
            self._send(target_change(TargetChange.REMOVE, (target_id,), cause=refusal))
            return False
        if grounds != held.grounds:
            self._listeners.depend_no_more(self, target_id, held.grounds)
            self._listeners.depend(self, target_id, grounds)
            self._targets[target_id] = replace(held, grounds=grounds)
        return True

    def recheck(self, target_ids: Collection[int] | None = None) -> None:
        """Remove what is not allowed any more of these targets, of all if the rules themselves have changed."""
        for target_id in list(self._targets) if target_ids is None else target_ids:
            self._still_allowed(target_id)

    def _tell_merged(self, told: dict[int, list[ViewChange]], messages: MessageCache) -> None:
        """One response per document and fate, though several targets hold it."""
        by_document: dict[tuple[bytes, bool], tuple[ViewChange, list[int], list[int]]] = {}
        for target_id, changes in told.items():
            for change in changes:
                key = change.key, change.version is None
                _, added, removed = by_document.setdefault(key, (change, [], []))
                (added if change.state is State.PRESENT else removed).append(target_id)
        for change, added, removed in by_document.values():
            self._send(messages.document(change, tuple(added), tuple(removed)))

    def close(self) -> None:
        """Forget every target; nothing is sent any more."""
        for target_id, target in self._targets.items():
            self._unsubscribe(target_id, target)
        self._targets.clear()

    def _unsubscribe(self, target_id: int, target: OpenTarget) -> None:
        self._listeners.depend_no_more(self, target_id, target.grounds)
        for shared in target.views:
            self._listeners.unsubscribe(self, target_id, shared)


def _resume_time(target: Target) -> int | None:
    kind = target.WhichOneof("resume_type")
    if kind == "resume_token":
        return token_time(target.resume_token) if target.resume_token else None
    return int(target.read_time.ToMicroseconds()) if kind == "read_time" else None
