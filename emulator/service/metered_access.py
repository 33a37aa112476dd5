"""What a listener may hear, with what rules look up to say so on its bill."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from emulator.core.access import Access, Grounds
from emulator.core.documents import Version
from emulator.core.history import Commit
from emulator.core.usage import measured
from emulator.service.meter import Meter
from emulator.wire import StructuredQuery


class MeteredAccess:
    """The access of a caller who is asked about outside of its calls: when documents change that it listens to."""

    def __init__(self, access: Access, meter: Meter, label: str) -> None:
        self._access = access
        self._meter = meter
        self._label = label

    def check_get(self, documents: Mapping[str, Version | None]) -> Grounds:
        """As the caller's access has it."""
        with self._metered():
            return self._access.check_get(documents)

    def check_list(self, parent: str, query: StructuredQuery) -> Grounds:
        """As the caller's access has it."""
        with self._metered():
            return self._access.check_list(parent, query)

    def check_write(self, proposed: Commit) -> None:
        """As the caller's access has it."""
        with self._metered():
            self._access.check_write(proposed)

    def check_owner(self, what: str) -> None:
        """As the caller's access has it."""
        self._access.check_owner(what)

    @contextmanager
    def _metered(self) -> Iterator[None]:
        with measured() as usage:
            try:
                yield
            finally:
                self._meter.add(self._label, usage)
