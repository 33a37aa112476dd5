"""What to add to firestore.indexes.json so that a query is answered."""

import json
from collections.abc import Iterable
from typing import Any

from emulator.core.indexes import Kind
from emulator.core.paths import format_field_path
from emulator.indexes.definitions import FieldIndex, IndexDefinitions, IndexedField
from emulator.indexes.requirements import Requirement, wanted_fields

_ORDERS = {Kind.ASCENDING: "ASCENDING", Kind.DESCENDING: "DESCENDING"}


def advise(missing: Iterable[Requirement], definitions: IndexDefinitions) -> str:
    """The message of a refusal: which fields lack an index, and the entries to paste."""
    lacking = list(missing)
    lines = ["The query requires an index."]
    for requirement in lacking:
        fields = wanted_fields(requirement)
        named = ", ".join(_described(field) for field in fields)
        where = f"{requirement.scope.value} {requirement.collection_id!r}"
        if len(fields) == 1 and fields[0].kind is not None and fields[0].path != ("__name__",):
            entry: Any = _override(requirement, fields[0], definitions)
            section = "fieldOverrides"
        else:
            entry, section = _composite(requirement, fields), "indexes"
        lines.append(f'{where} ({named}): add to "{section}" of firestore.indexes.json: {json.dumps(entry)}')
    return " ".join(lines) if len(lacking) == 1 else "\n".join(lines)


def _described(field: IndexedField) -> str:
    name = format_field_path(field.path)
    if field.kind is None:
        return f"{name} VECTOR<{field.dimensions}>"
    return f"{name} {_ORDERS.get(field.kind, 'CONTAINS')}"


def _configured(kind: Kind) -> dict[str, str]:
    return {"arrayConfig": "CONTAINS"} if kind is Kind.CONTAINS else {"order": _ORDERS[kind]}


def _field(field: IndexedField) -> dict[str, Any]:
    path = {"fieldPath": format_field_path(field.path)}
    if field.kind is None:
        return {**path, "vectorConfig": {"dimension": field.dimensions, "flat": {}}}
    return {**path, **_configured(field.kind)}


def _composite(requirement: Requirement, fields: tuple[IndexedField, ...]) -> dict[str, Any]:
    return {
        "collectionGroup": requirement.collection_id,
        "queryScope": requirement.scope.value,
        "fields": [_field(field) for field in fields],
    }


def _override(requirement: Requirement, field: IndexedField, definitions: IndexDefinitions) -> dict[str, Any]:
    """The single-field indexes that the field has, and the one it lacks."""
    assert field.kind is not None
    present = definitions.single_field(requirement.collection_id, field.path)
    wanted = sorted({*present, (field.kind, requirement.scope)}, key=_place)
    return {
        "collectionGroup": requirement.collection_id,
        "fieldPath": format_field_path(field.path),
        "indexes": [{**_configured(kind), "queryScope": scope.value} for kind, scope in wanted],
    }


def _place(index: FieldIndex) -> tuple[str, str]:
    kind, scope = index
    return scope.value, kind.value
