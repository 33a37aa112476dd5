"""Documents that the facts call for and that nobody ever wanted: somewhere a change forgot to say whom it concerns."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import errors

from courtside.backends import Backends
from courtside.db.unit_of_work import read_snapshot
from courtside.relay.reconcile import store
from courtside.relay.reconcile.looks import Look, Suspicion
from courtside.relay.reconcile.verdicts import Drift, Kind

# Of one look: when there are more, repair these and look again.
_MOST = 1000

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Unwanted:
    """The facts as a whole: one query, one page."""

    backends: Backends
    name: str = "facts"

    def page(self, after: str, limit: int) -> Sequence[str]:
        """The paths of all such documents, up to a bound; there is no second page."""
        return [] if after else self._list()

    def look(self, items: Sequence[str]) -> Look:
        """Whether they are still unwanted."""
        left = set(items) & set(self._list())
        drifts = [Drift(path, Kind.MISSING, "never wanted") for path in sorted(left)]
        return Look(0, 0, tuple(Suspicion(drift.path, drift, None) for drift in drifts))

    def _list(self) -> Sequence[str]:
        try:
            return read_snapshot(self.backends.pool, lambda reader: store.list_unwanted(reader, _MOST))
        except errors.QueryCanceled:
            log.warning("the facts take too long to ask; the command line has more time")
            return []
