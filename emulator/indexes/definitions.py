"""What firestore.indexes.json declares: composite indexes and, per field, other single-field indexes than usual.

Automatic single-field indexes and their exemptions:
https://firebase.google.com/docs/firestore/query-data/index-overview
"""

from dataclasses import dataclass
from enum import Enum

from emulator.core.indexes import Kind
from emulator.core.paths import DOCUMENT_ID, FieldPath

ANY_FIELD: FieldPath = ("*",)
"""The field path of an override for all fields of a collection group."""


class QueryScope(Enum):
    """Which queries an index serves."""

    COLLECTION = "COLLECTION"
    COLLECTION_GROUP = "COLLECTION_GROUP"


@dataclass(frozen=True, slots=True)
class IndexedField:
    """One field of an index; a vector field has a number of dimensions instead of a kind."""

    path: FieldPath
    kind: Kind | None
    dimensions: int | None = None

    def inverted(self) -> "IndexedField":
        """The field of the same index read backwards."""
        if self.kind is Kind.ASCENDING:
            return IndexedField(self.path, Kind.DESCENDING)
        return IndexedField(self.path, Kind.ASCENDING) if self.kind is Kind.DESCENDING else self


@dataclass(frozen=True, slots=True)
class CompositeIndex:
    """The fields of an index in order; the document id comes last, as declared or in the last direction."""

    collection_id: str
    scope: QueryScope
    fields: tuple[IndexedField, ...]

    @property
    def complete_fields(self) -> tuple[IndexedField, ...]:
        """The fields with the document id at the end."""
        return with_document_id(self.fields)


def with_document_id(fields: tuple[IndexedField, ...]) -> tuple[IndexedField, ...]:
    """The fields of an index, the document id last even where it was not named."""
    last = fields[-1]
    if last.path == DOCUMENT_ID or last.dimensions is not None:
        return fields
    kind = Kind.DESCENDING if last.kind is Kind.DESCENDING else Kind.ASCENDING
    return (*fields, IndexedField(DOCUMENT_ID, kind))


FieldIndex = tuple[Kind, QueryScope]
AUTOMATIC: frozenset[FieldIndex] = frozenset(
    (kind, QueryScope.COLLECTION) for kind in (Kind.ASCENDING, Kind.DESCENDING, Kind.CONTAINS)
)
"""The single-field indexes that every field has unless an override says otherwise."""


@dataclass(frozen=True, slots=True)
class FieldOverride:
    """The single-field indexes of a field and of the fields within it, instead of the automatic ones."""

    collection_id: str
    path: FieldPath
    indexes: frozenset[FieldIndex]


@dataclass(frozen=True, slots=True)
class IndexDefinitions:
    """All that a file declares."""

    composites: tuple[CompositeIndex, ...] = ()
    overrides: tuple[FieldOverride, ...] = ()

    def of_collection(self, collection_id: str, scope: QueryScope) -> list[CompositeIndex]:
        """The composite indexes that serve queries on a collection id."""
        return [one for one in self.composites if one.collection_id == collection_id and one.scope is scope]

    def single_field(self, collection_id: str, path: FieldPath) -> frozenset[FieldIndex]:
        """The single-field indexes of a field: by the override closest to it, or the automatic ones."""
        by_path = {
            override.path: override for override in self.overrides if override.collection_id == collection_id
        }
        for length in range(len(path), 0, -1):
            if path[:length] in by_path:
                return by_path[path[:length]].indexes
        return by_path[ANY_FIELD].indexes if ANY_FIELD in by_path else AUTOMATIC
