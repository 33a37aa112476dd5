"""One reconciliation: stage by stage, page by page, suspects a second time; on record, so that another can go on."""

import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from courtside.backends import Backends
from courtside.db.reader import Reader
from courtside.db.unit_of_work import read_snapshot, run_transaction
from courtside.monitoring.service import publish
from courtside.relay.documents import collections
from courtside.relay.feeds import EVENTS
from courtside.relay.reconcile import store
from courtside.relay.reconcile.documents import ProjectedDocuments
from courtside.relay.reconcile.feed_events import FeedEvents
from courtside.relay.reconcile.looks import Look, Stage, Suspicion, confirmed
from courtside.relay.reconcile.report import SERVICE, report_of
from courtside.relay.reconcile.store import Run
from courtside.relay.reconcile.strays import Strays, count_known
from courtside.relay.reconcile.unwanted import Unwanted
from courtside.relay.reconcile.verdicts import Drift

PAGE = 500
_MOST_EXAMPLES = 20
_MOST_SUSPECTS = 1000
_SECONDS_BETWEEN_SAVES = 2.0
# Pages that are looked at while the one before is judged: one waits for Firestore, one for Postgres.
_AHEAD = 2

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """How to reconcile; `until` is a monotonic time at which to stop, for another to go on.

    A collection with as many documents as we know of, after nothing else was found, is not listed for strays, and the
    growing collections of feed events never are; a `deep` reconciliation lists them all, for one read a document.
    """

    repairs: bool = False
    resumes: bool = False
    deep: bool = False
    pause_seconds: float = 1.0
    documents_per_second: float | None = None
    until: float | None = None


@dataclass(frozen=True)
class _Page:
    last: str
    look: "Future[Look]"


def reconcile(backends: Backends, plan: Plan, on_progress: Callable[[Run], None] = lambda run: None) -> Run:
    """Compare everything, and with `repairs` have what differs written again; the run as far as it came.

    Raises:
        courtside.errors.Unavailable, psycopg.OperationalError: Firestore or Postgres is away; the run is on record
            up to about there.
    """
    run = run_transaction(backends.pool, lambda connection: _begin(Reader(connection), plan))
    with ThreadPoolExecutor(_AHEAD, thread_name_prefix="reconcile") as threads:
        reconciler = _Reconciler(backends, plan, threads, on_progress, run)
        reconciler.run_stages()
    if reconciler.run.found:
        fields = {"drift": dict(reconciler.run.drift), "repaired": reconciler.run.repaired}
        log.warning("drift", extra={"fields": fields})
    return reconciler.run


def stages_of(backends: Backends, *, deep: bool) -> list[Stage]:
    """All that a reconciliation looks at, in order."""
    strays = (Strays(backends, collection) for collection in collections() if deep or collection != EVENTS)
    return [ProjectedDocuments(backends), FeedEvents(backends), *strays, Unwanted(backends)]


def amount_of(backends: Backends, *, deep: bool) -> int:
    """About how many items a whole reconciliation sees: each document by its row, and by its name if it goes deep."""
    amount = read_snapshot(backends.pool, store.count_items)
    return (amount.documents + amount.entries) * (2 if deep else 1)


def _begin(reader: Reader, plan: Plan) -> Run:
    unfinished = store.find_unfinished_run(reader, repairs=plan.repairs) if plan.resumes else None
    return unfinished or store.insert_run(reader, repairs=plan.repairs)


class _Reconciler:
    """The state of a run under way."""

    def __init__(
        self,
        backends: Backends,
        plan: Plan,
        threads: ThreadPoolExecutor,
        on_progress: Callable[[Run], None],
        run: Run,
    ) -> None:
        self._backends, self._plan, self._threads, self._on_progress = backends, plan, threads, on_progress
        self.run = run
        self._started_at, self._seen_before = time.monotonic(), run.seen
        self._saved_at = time.monotonic()
        self._suspicions: list[Suspicion] = []
        self._suspected_at = 0.0
        self._known: Mapping[str, int] | None = None

    def run_stages(self) -> None:
        """Go through all stages that are left, or as far as the time allows."""
        stages = stages_of(self._backends, deep=self._plan.deep)
        names = [stage.name for stage in stages]
        # A stage that is not there any more: from the start.
        first = names.index(self.run.stage) if self.run.stage in names else 0
        for stage in stages[first:]:
            after = self.run.after if stage.name == self.run.stage else ""
            self.run = replace(self.run, stage=stage.name, after=after)
            if self._may_skip(stage):
                continue
            for page in self._pages(stage, after):
                self._take(stage, page)
            self._look_again(stage)
            if self._is_out_of_time():
                self._save(finished=False)
                return
        self._save(finished=True)

    def _may_skip(self, stage: Stage) -> bool:
        if not isinstance(stage, Strays) or self._plan.deep or self.run.found:
            return False
        if self._known is None:
            self._known = count_known(self._backends)
        return stage.are_excluded_by(self._known)

    def _pages(self, stage: Stage, after: str) -> Iterator[_Page]:
        """Pages in order, each with its look under way; the next ones are begun meanwhile."""
        ahead: deque[_Page] = deque()
        while not self._is_out_of_time() and (items := stage.page(after, PAGE)):
            after = items[-1]
            ahead.append(_Page(after, self._threads.submit(stage.look, items)))
            if len(ahead) > _AHEAD:
                yield ahead.popleft()
        yield from ahead

    def _take(self, stage: Stage, page: _Page) -> None:
        look = page.look.result()
        if look.suspicions:
            self._suspicions += look.suspicions
            self._suspected_at = time.monotonic()
        self.run = replace(
            self.run,
            after=page.last,
            seen=self.run.seen + look.seen,
            in_flight=self.run.in_flight + look.in_flight,
        )
        if len(self._suspicions) >= _MOST_SUSPECTS:
            self._look_again(stage)
        # Suspects that are not judged yet are behind what another would go on from.
        if not self._suspicions and time.monotonic() - self._saved_at >= _SECONDS_BETWEEN_SAVES:
            self._save(finished=False)
        self._on_progress(self.run)
        self._keep_pace()

    def _look_again(self, stage: Stage) -> None:
        """Judge suspects a second time, a pause after the first."""
        if not self._suspicions:
            return
        time.sleep(max(0.0, self._suspected_at + self._plan.pause_seconds - time.monotonic()))
        for start in range(0, len(self._suspicions), PAGE):
            first = self._suspicions[start : start + PAGE]
            second = stage.look([suspicion.item for suspicion in first])
            self._note(confirmed(first, second))
        self._suspicions = []

    def _note(self, drifts: Sequence[Drift]) -> None:
        counts = Counter(self.run.drift)
        counts.update(drift.kind.value for drift in drifts)
        told = [*self.run.examples, *map(_example, drifts)]
        repaired = self._repair(drifts) if self._plan.repairs and drifts else 0
        self.run = replace(
            self.run,
            drift=dict(counts),
            examples=told[:_MOST_EXAMPLES],
            repaired=self.run.repaired + repaired,
        )

    def _repair(self, drifts: Sequence[Drift]) -> int:
        versions = {drift.path: drift.there for drift in drifts}
        return run_transaction(
            self._backends.pool, lambda connection: store.want_repaired(Reader(connection), versions)
        )

    def _save(self, *, finished: bool) -> None:
        """Put the run on record, for whoever goes on and for `health/reconcile`."""

        def save(reader: Reader) -> Run:
            saved = store.save_run(reader, self.run, finished=finished)
            publish(reader, SERVICE, report_of(saved))
            return saved

        self.run = run_transaction(self._backends.pool, lambda connection: save(Reader(connection)))
        self._saved_at = time.monotonic()

    def _is_out_of_time(self) -> bool:
        return self._plan.until is not None and time.monotonic() >= self._plan.until

    def _keep_pace(self) -> None:
        rate = self._plan.documents_per_second
        if rate is not None:
            due_at = self._started_at + (self.run.seen - self._seen_before) / rate
            time.sleep(max(0.0, due_at - time.monotonic()))


def _example(drift: Drift) -> dict[str, str]:
    return {"path": drift.path, "kind": drift.kind.value, "detail": drift.detail}
