"""What telling somebody takes: statements of Postgres and billed writes of Firestore, counted by both themselves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from benches.cost import Counters
from benches.studio import Studio, slot
from courtside.db.outbox import Work
from courtside.notifications.limits import PUSHES
from courtside.relay.delivery_lanes import PushSender, send_once
from courtside.relay.edge_drain import drain_commit
from courtside.relay.planning_lane import plan_once
from local.fcm.client import FcmStandIn

# Statements of a fact's transaction that are there for telling of it.
_ABOUT = "notifications|deliveries|installations"


@dataclass(frozen=True)
class Cost:
    """Of one step, for so many notifications together."""

    notifications: int
    statements: int
    transactions: int
    writes: int


def measure_costs(studio: Studio, fcm: FcmStandIn, services: Sequence[str]) -> dict[str, Cost]:
    """Steps by title: for one notification alone, and for many; of each trainer in turn the service."""
    backends = replace(studio.backends, settings=replace(studio.backends.settings, fcm_url=fcm.url))
    sender = PushSender(backends.settings)
    desk = _Desk(Studio(backends), Counters(studio), sender)
    try:
        trainers = len(services)
        costs: dict[str, Cost] = {}
        # The second time shows the cost with warm connections.
        for number, count in enumerate((1, 1, trainers * (PUSHES - 2))):
            where = [(n % trainers, 100 + 10 * number + n // trainers) for n in range(count)]
            title = "one alone" if count == 1 else f"{count} together"
            costs |= {f"{step}, {title}": cost for step, cost in desk.steps(services, where)}
        return costs
    finally:
        sender.close()


@dataclass(frozen=True)
class _Desk:
    studio: Studio
    counters: Counters
    sender: PushSender

    def steps(self, services: Sequence[str], where: list[tuple[int, int]]) -> Iterator[tuple[str, Cost]]:
        """Book, by trainer and hour, and tell of it step by step."""
        count, backends = len(where), self.studio.backends
        self.counters.statements()
        works = [self._book(services[pair], pair, hour) for pair, hour in where]
        yield "in the transaction of the fact", Cost(count, self.counters.statements_about(_ABOUT), 0, 0)
        inbox = tuple(lease for work in works for lease in work.documents if "/inbox/" in lease.path)
        for work in works:
            drain_commit(
                backends, replace(work, documents=tuple(d for d in work.documents if d not in inbox))
            )
        self.counters.statements()
        self.counters.billed()
        drain_commit(backends, Work(works[0].token, inbox))
        (writes, _), (statements, transactions) = self.counters.billed(), self.counters.statements()
        yield "its inbox document", Cost(count, statements, transactions, writes)
        if plan_once(backends) < count:
            raise RuntimeError("somebody else decides here")
        yield "deciding where it goes", Cost(count, *self.counters.statements(), 0)
        if send_once(backends, self.sender) != count:
            raise RuntimeError("somebody else sends here")
        yield "sending a push and marking it", Cost(count, *self.counters.statements(), 0)

    def _book(self, service: str, pair: int, hour: int) -> Work:
        content = {"service_id": service, "starts_at": slot(hour).isoformat()}
        outcome = self.studio.run(f"client{pair}", "bookings.book_session", **content)
        assert outcome.work is not None
        return outcome.work
