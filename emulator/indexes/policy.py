"""What happens to a query whose indexes are not declared."""

import logging
from enum import Enum

from emulator.core.errors import FailedPrecondition
from emulator.core.queries.model import Query
from emulator.indexes.advice import advise
from emulator.indexes.definitions import IndexDefinitions
from emulator.indexes.requirements import missing

_LOG = logging.getLogger(__name__)


class Strictness(Enum):
    """How much the definitions count."""

    STRICT = "strict"
    WARN = "warn"
    OFF = "off"


class IndexPolicy:
    """Checks queries against definitions."""

    def __init__(self, definitions: IndexDefinitions, strictness: Strictness) -> None:
        self._definitions = definitions
        self._strictness = strictness
        self._warned: set[str] = set()

    def check(self, query: Query) -> None:
        """FailedPrecondition with the definitions to add, as production says it, or a warning, once for each."""
        if self._strictness is Strictness.OFF:
            return
        lacking = missing(query, self._definitions)
        if not lacking:
            return
        advice = advise(lacking, self._definitions)
        if self._strictness is Strictness.STRICT:
            raise FailedPrecondition(advice)
        if advice not in self._warned:
            self._warned.add(advice)
            _LOG.warning("%s", advice)
