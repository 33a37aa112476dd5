"""Which indexes a query needs, and whether the declared and automatic ones are enough.

Every disjunct of a query is answered by an index of its equality fields, in any order, followed by the fields of the
order of results. Several indexes that end with the same order can be merged, if together they have all the equality
fields. https://firebase.google.com/docs/firestore/query-data/index-overview#taking_advantage_of_index_merging
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from emulator.core.indexes import Kind
from emulator.core.paths import DOCUMENT_ID
from emulator.core.queries.model import Op, Query
from emulator.core.queries.plan import Conjunction, disjunctions
from emulator.indexes.definitions import (
    IndexDefinitions,
    IndexedField,
    QueryScope,
    with_document_id,
)

Fields = tuple[IndexedField, ...]
_BY_NAME = (IndexedField(DOCUMENT_ID, Kind.ASCENDING),)
_ORDERINGS = {Kind.ASCENDING, Kind.DESCENDING}


@dataclass(frozen=True, slots=True)
class Requirement:
    """What one disjunct of a query asks of the indexes of a collection id.

    `equalities` are ascending or contains; `order` ends with the document id, or is the vector of a search.
    """

    collection_id: str
    scope: QueryScope
    equalities: frozenset[IndexedField]
    order: Fields

    @property
    def is_search(self) -> bool:
        """Whether it is about the nearest vectors."""
        return self.order[-1].dimensions is not None


def requirements_of(query: Query) -> list[Requirement]:
    """One requirement per different disjunct that needs more than the documents by name."""
    scope = QueryScope.COLLECTION_GROUP if query.source.all_descendants else QueryScope.COLLECTION
    found = (_requirement(query, conjunction, scope) for conjunction in disjunctions(query.where))
    return list(dict.fromkeys(one for one in found if one.equalities or one.order != _BY_NAME))


def _requirement(query: Query, conjunction: Conjunction, scope: QueryScope) -> Requirement:
    equalities = frozenset(_equalities(conjunction))
    pinned = {field.path for field in equalities if field.kind is Kind.ASCENDING}
    order = tuple(
        IndexedField(order.path, Kind.DESCENDING if order.descending else Kind.ASCENDING)
        for order in query.orders
        if order.path not in pinned
    )
    if query.nearest is not None:
        vector = IndexedField(query.nearest.path, None, len(query.nearest.vector))
        order = (*(field for field in order if field.path != DOCUMENT_ID), vector)
    return Requirement(query.source.collection_id, scope, equalities, order)


def _equalities(conjunction: Conjunction) -> Iterator[IndexedField]:
    for comparison in conjunction:
        if comparison.path == DOCUMENT_ID:
            continue
        if comparison.op is Op.EQUAL:
            yield IndexedField(comparison.path, Kind.ASCENDING)
        elif comparison.op is Op.CONTAINS:
            yield IndexedField(comparison.path, Kind.CONTAINS)


def is_met(requirement: Requirement, definitions: IndexDefinitions) -> bool:
    """Whether one index, or several merged, answer the disjunct."""
    usable = [
        covered
        for fields in _candidates(requirement, definitions)
        if (covered := _covered(fields, requirement)) is not None
    ]
    if requirement.is_search or not requirement.equalities:
        return any(covered == requirement.equalities for covered in usable)
    return frozenset().union(*usable) == requirement.equalities


def _candidates(requirement: Requirement, definitions: IndexDefinitions) -> Iterator[Fields]:
    """The fields of every index that could help, the document id last."""
    for composite in definitions.of_collection(requirement.collection_id, requirement.scope):
        yield composite.complete_fields
    for field in {*requirement.equalities, *requirement.order}:
        if field.path == DOCUMENT_ID or field.dimensions is not None:
            continue
        for kind, scope in definitions.single_field(requirement.collection_id, field.path):
            if scope is requirement.scope:
                yield with_document_id((IndexedField(field.path, kind),))


def _covered(fields: Fields, requirement: Requirement) -> frozenset[IndexedField] | None:
    """The equality fields that an index starts with, None if it does not go on with the order, to its end."""
    length = len(fields) - len(requirement.order)
    if length < 0 or not _same_order(fields[length:], requirement.order):
        return None
    covered = frozenset(map(_as_equality, fields[:length]))
    return covered if covered <= requirement.equalities and len(covered) == length else None


def _same_order(fields: Fields, order: Fields) -> bool:
    """Whether an index read forwards or backwards has the order."""
    return fields == order or tuple(field.inverted() for field in fields) == order


def _as_equality(field: IndexedField) -> IndexedField:
    """An equality is served by either direction."""
    return IndexedField(field.path, Kind.ASCENDING) if field.kind in _ORDERINGS else field


def missing(query: Query, definitions: IndexDefinitions) -> list[Requirement]:
    """The disjuncts of a query that no indexes answer."""
    return [one for one in requirements_of(query) if not is_met(one, definitions)]


def wanted_fields(requirement: Requirement) -> Fields:
    """The fields of the one index that answers a disjunct, without the document id where it is implied."""
    fields = (*_sorted(requirement.equalities), *requirement.order)
    if len(fields) > 1 and fields[-1].path == DOCUMENT_ID and with_document_id(fields[:-1]) == fields:
        return fields[:-1]
    return fields


def _sorted(fields: Iterable[IndexedField]) -> list[IndexedField]:
    """An array first, then by name."""
    return sorted(fields, key=lambda field: (field.kind is not Kind.CONTAINS, field.path))
