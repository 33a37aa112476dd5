"""What a query asks for, with its implicit parts made explicit and its values as sort keys."""

from dataclasses import dataclass
from enum import Enum

from emulator.core.documents import Record, Version
from emulator.core.indexes import KeyRange
from emulator.core.order import NULL_KEY, after, bracket, descending
from emulator.core.paths import DOCUMENT_ID, FieldPath
from emulator.core.queries.nearest import Nearest


class Op(Enum):
    """How a field is compared; the unary operators are comparisons with null and NaN."""

    EQUAL = "=="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    CONTAINS = "array-contains"
    CONTAINS_ANY = "array-contains-any"
    IN = "in"
    NOT_IN = "not-in"


RANGES = frozenset({Op.LESS, Op.LESS_OR_EQUAL, Op.GREATER, Op.GREATER_OR_EQUAL})
INEQUALITIES = RANGES | {Op.NOT_EQUAL, Op.NOT_IN}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field compared with one value or, for the list operators, several; values are sort keys."""

    path: FieldPath
    op: Op
    keys: tuple[bytes, ...]

    def matches(self, version: Version) -> bool:
        """Whether an existing document satisfies the comparison."""
        if self.op in (Op.CONTAINS, Op.CONTAINS_ANY):
            return not version.element_keys(self.path).isdisjoint(self.keys)
        key = version.field_key(self.path)
        return key is not None and self._matches_key(key)

    def _matches_key(self, key: bytes) -> bool:
        if self.op in (Op.EQUAL, Op.IN):
            return key in self.keys
        if self.op in (Op.NOT_EQUAL, Op.NOT_IN):
            excluded = self.op is Op.NOT_IN and NULL_KEY in self.keys
            return key != NULL_KEY and key not in self.keys and not excluded
        low, high = self.key_range()
        return low <= key < high

    def key_range(self) -> tuple[bytes, bytes]:
        """Sort keys that a range operator admits, low inclusive, high exclusive, all of the same type."""
        low, high = bracket(self.keys[0]) if self.path != DOCUMENT_ID else (b"", b"\xff")
        key = self.keys[0]
        if self.op is Op.LESS:
            return low, key
        if self.op is Op.LESS_OR_EQUAL:
            return low, after(key)
        if self.op is Op.GREATER:
            return after(key), high
        return key, high


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part must match."""

    parts: tuple["Filter", ...]

    def matches(self, version: Version) -> bool:
        """Whether every part matches."""
        return all(part.matches(version) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part must match."""

    parts: tuple["Filter", ...]

    def matches(self, version: Version) -> bool:
        """Whether some part matches."""
        return any(part.matches(version) for part in self.parts)


Filter = Comparison | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class Source:
    """Which documents a query ranges over.

    `parent` is a document path (empty for the root); an empty `collection_id` means every collection.
    """

    parent: str
    collection_id: str
    all_descendants: bool

    @property
    def collection(self) -> str:
        """The path of the collection, for a query over a single one."""
        return f"{self.parent}/{self.collection_id}" if self.parent else self.collection_id

    def covers(self, record: Record) -> bool:
        """Whether the document at that path can be a result."""
        if not self.all_descendants:
            if self.collection_id:
                return record.collection == self.collection
            return record.collection.rpartition("/")[0] == self.parent
        if self.collection_id and record.collection_id != self.collection_id:
            return False
        return not self.parent or record.path.startswith(self.parent + "/")


@dataclass(frozen=True, slots=True)
class Order:
    """One field of the order of results."""

    path: FieldPath
    descending: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A structured query; `orders` ends with the document id, `bounds` limits order keys by the cursors."""

    source: Source
    where: Filter
    orders: tuple[Order, ...]
    bounds: KeyRange
    offset: int = 0
    limit: int | None = None
    select: tuple[FieldPath, ...] | None = None
    nearest: Nearest | None = None

    def order_key(self, version: Version) -> bytes | None:
        """Where a document stands among the results; None if it lacks a field of the order."""
        parts = []
        for order in self.orders:
            key = version.field_key(order.path)
            if key is None:
                return None
            parts.append(descending(key) if order.descending else key)
        return b"".join(parts)

    def admits(self, version: Version) -> bool:
        """Whether a document that the source covers satisfies the filters, the order and the cursors."""
        key = self.order_key(version)
        if key is None or not self.where.matches(version):
            return False
        low, high = self.bounds
        return (low is None or low <= key) and (high is None or key < high)
