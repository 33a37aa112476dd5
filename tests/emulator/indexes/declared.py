"""Short ways to declare indexes and to ask which queries lack one."""

from typing import Any

from emulator.indexes.definitions import IndexDefinitions
from emulator.indexes.file import parse_definitions
from emulator.indexes.requirements import missing
from tests.emulator.databases import parsed, structured_query


def field(text: str) -> dict[str, Any]:
    """`x`, `x desc`, `x contains` or `x vector 3` as an entry of a file."""
    path, _, mode = text.partition(" ")
    if mode == "contains":
        return {"fieldPath": path, "arrayConfig": "CONTAINS"}
    if mode.startswith("vector"):
        return {"fieldPath": path, "vectorConfig": {"dimension": int(mode.split()[1]), "flat": {}}}
    return {"fieldPath": path, "order": "DESCENDING" if mode == "desc" else "ASCENDING"}


def composite(*fields: str, collection: str = "a", group: bool = False) -> dict[str, Any]:
    """A composite index of a file."""
    scope = "COLLECTION_GROUP" if group else "COLLECTION"
    return {"collectionGroup": collection, "queryScope": scope, "fields": list(map(field, fields))}


def override(path: str, *modes: str, collection: str = "a") -> dict[str, Any]:
    """A field override of a file; modes such as `asc`, `desc group`, `contains`."""
    indexes = []
    for mode in modes:
        kind, _, scope = mode.partition(" ")
        entry: dict[str, Any] = (
            {"arrayConfig": "CONTAINS"}
            if kind == "contains"
            else {"order": {"asc": "ASCENDING", "desc": "DESCENDING"}[kind]}
        )
        indexes.append({**entry, "queryScope": "COLLECTION_GROUP" if scope else "COLLECTION"})
    return {"collectionGroup": collection, "fieldPath": path, "indexes": indexes}


def definitions(
    *composites: dict[str, Any], overrides: list[dict[str, Any]] | None = None
) -> IndexDefinitions:
    """What a file with these entries declares."""
    return parse_definitions({"indexes": list(composites), "fieldOverrides": overrides or []})


def answered(declared: IndexDefinitions, condition: Any = None, orders: Any = (), **rest: Any) -> bool:
    """Whether the indexes suffice for a query."""
    return not missing(parsed(structured_query("a", condition, orders, **rest)), declared)
