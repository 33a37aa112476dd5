"""Who listens to what in one database, and the work of telling them after a commit."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from emulator.core.database import Database
from emulator.core.history import Commit
from emulator.core.interests import Interest, interest_of, interests_in
from emulator.core.listen.messages import MessageCache
from emulator.core.listen.views import DocumentView, QueryView, View, ViewChange, WindowView
from emulator.core.queries.model import Query


class Subscriber(Protocol):
    """The side of a stream that hears of commits."""

    def tell(self, told: dict[int, list[ViewChange]], time: int, messages: MessageCache) -> None:
        """Pass on what changed per target id, then that everything is consistent at `time`."""

    def recheck(self, target_ids: Collection[int] | None = None) -> None:
        """Give up what is not allowed any more of these targets, of all without them."""


@dataclass(eq=False, slots=True)
class SharedView:
    """A view with everybody who listens to it."""

    identity: Query | str
    view: View
    interest: Interest
    subscribers: set[tuple[Subscriber, int]] = field(default_factory=set)


class Listeners:
    """The listened views of one database; equal queries share one view."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._shared: dict[Query | str, SharedView] = {}
        self._by_interest: defaultdict[Interest, set[SharedView]] = defaultdict(set)
        self._depending: defaultdict[str, set[tuple[Subscriber, int]]] = defaultdict(set)
        database.observers.append(self._on_commit)

    @property
    def views(self) -> int:
        """How many different queries and documents are listened to."""
        return len(self._shared)

    def subscribe(self, subscriber: Subscriber, target_id: int, wanted: Query | str) -> SharedView:
        """Hear of a query, or of the document at a path, from the next commit on."""
        shared = self._shared.get(wanted)
        if shared is None:
            shared = self._shared[wanted] = SharedView(wanted, self._view(wanted), interest_of(wanted))
            self._by_interest[shared.interest].add(shared)
        shared.subscribers.add((subscriber, target_id))
        return shared

    def unsubscribe(self, subscriber: Subscriber, target_id: int, shared: SharedView) -> None:
        """Hear no more; a view without listeners is dropped."""
        shared.subscribers.discard((subscriber, target_id))
        if shared.subscribers:
            return
        self._shared.pop(shared.identity, None)
        views = self._by_interest[shared.interest]
        views.discard(shared)
        if not views:
            del self._by_interest[shared.interest]

    def depend(self, subscriber: Subscriber, target_id: int, paths: Iterable[str]) -> None:
        """Note that a target was allowed because of what these documents hold."""
        for path in paths:
            self._depending[path].add((subscriber, target_id))

    def depend_no_more(self, subscriber: Subscriber, target_id: int, paths: Iterable[str]) -> None:
        """Take that back."""
        for path in paths:
            self._depending[path].discard((subscriber, target_id))
            if not self._depending[path]:
                del self._depending[path]

    def recheck(self) -> None:
        """Let everybody who listens ask again whether that is allowed."""
        for subscriber in {one for shared in self._shared.values() for one, _ in shared.subscribers}:
            subscriber.recheck()

    def _view(self, wanted: Query | str) -> View:
        if isinstance(wanted, str):
            return DocumentView(self._database, wanted)
        if wanted.limit is not None or wanted.offset:
            return WindowView(self._database, wanted)
        return QueryView(self._database, wanted)

    def _concerned(self, path: str) -> list[SharedView]:
        interests = interests_in(path)
        return [
            view
            for interest in interests
            if interest in self._by_interest
            for view in self._by_interest[interest]
        ]

    def _on_commit(self, commit: Commit, touched: frozenset[str]) -> None:
        if not self._shared:
            return
        self._recheck_dependents(commit)
        messages = MessageCache(commit.time)
        told: defaultdict[Subscriber, dict[int, list[ViewChange]]] = defaultdict(dict)
        for shared in {view for path in touched for view in self._concerned(path)}:
            changes = shared.view.apply(commit.changes)
            for subscriber, target_id in shared.subscribers:
                told[subscriber].setdefault(target_id, []).extend(changes)
        for subscriber, changes_by_target in told.items():
            subscriber.tell(changes_by_target, commit.time, messages)

    def _recheck_dependents(self, commit: Commit) -> None:
        """Whoever was allowed to listen because of a document that changed has to ask again, before news of it."""
        concerned: defaultdict[Subscriber, set[int]] = defaultdict(set)
        for change in commit.changes:
            for subscriber, target_id in self._depending.get(change.record.path, ()):
                concerned[subscriber].add(target_id)
        for subscriber, target_ids in concerned.items():
            subscriber.recheck(target_ids)
