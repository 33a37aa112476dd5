"""What one caller may do in one database: asked once per operation, whichever transport the call came over."""

from collections.abc import Callable, Mapping
from typing import Protocol

from emulator.core.documents import Version
from emulator.core.history import Commit
from emulator.wire import StructuredQuery

Grounds = frozenset[str]
"""Paths of other documents that were read to allow something: when one changes, it may not be allowed any more."""
NO_GROUNDS: Grounds = frozenset()


class Access(Protocol):
    """Every method returns or raises PermissionDenied; documents are named by their paths in the database."""

    def check_get(self, documents: Mapping[str, Version | None]) -> Grounds:
        """Whether these documents may be read, and on what grounds; None stands for one that does not exist."""

    def check_list(self, parent: str, query: StructuredQuery) -> Grounds:
        """Whether a query below a document (the root if `parent` is empty) may be run, whatever it will find."""

    def check_write(self, proposed: Commit) -> None:
        """Whether a commit may be made; its time is that of the request, server times are its milliseconds."""

    def check_owner(self, what: str) -> None:
        """Whether something may be done that only the owner of a project may do."""


class Unrestricted:
    """The access of those who may do everything."""

    def check_get(self, documents: Mapping[str, Version | None]) -> Grounds:
        """Every document may be read."""
        return NO_GROUNDS

    def check_list(self, parent: str, query: StructuredQuery) -> Grounds:
        """Every query may be run."""
        return NO_GROUNDS

    def check_write(self, proposed: Commit) -> None:
        """Every commit may be made."""

    def check_owner(self, what: str) -> None:
        """Everything may be done."""


UNRESTRICTED = Unrestricted()
CheckWrite = Callable[[Commit], None]
