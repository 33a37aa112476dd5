"""Reading firestore.indexes.json, refusing what a deployment would refuse."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emulator.core.errors import InvalidArgument
from emulator.core.indexes import Kind
from emulator.core.paths import DOCUMENT_ID, FieldPath, parse_field_path
from emulator.indexes.definitions import (
    ANY_FIELD,
    CompositeIndex,
    FieldIndex,
    FieldOverride,
    IndexDefinitions,
    IndexedField,
    QueryScope,
)

_ORDERS = {"ASCENDING": Kind.ASCENDING, "DESCENDING": Kind.DESCENDING}
_INDEX_KEYS = frozenset(
    {"collectionGroup", "queryScope", "fields", "apiScope", "density", "multikey", "unique"}
)
_FIELD_KEYS = frozenset({"fieldPath", "order", "arrayConfig", "vectorConfig"})
_OVERRIDE_KEYS = frozenset({"collectionGroup", "fieldPath", "ttl", "ttlConfig", "indexes"})
_SINGLE_KEYS = frozenset({"order", "arrayConfig", "queryScope"})


class BadIndexFile(Exception):
    """The file cannot be read or declares what cannot be; the message says where."""


def read_index_file(path: Path) -> IndexDefinitions:
    """What a file declares; BadIndexFile names the entry that is wrong."""
    try:
        content = json.loads(path.read_text())
    except OSError as error:
        raise BadIndexFile(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise BadIndexFile(f"{path} is not JSON: {error}") from error
    try:
        return parse_definitions(content)
    except BadIndexFile as error:
        raise BadIndexFile(f"{path}: {error}") from None


def parse_definitions(content: Any) -> IndexDefinitions:
    """The definitions of a file's content; BadIndexFile names the entry that is wrong."""
    _check_keys(content, frozenset({"indexes", "fieldOverrides"}), "the file")
    composites = [
        _parse_composite(entry, f"indexes[{place}]") for place, entry in _entries(content, "indexes", "")
    ]
    overrides = [
        _parse_override(entry, f"fieldOverrides[{place}]")
        for place, entry in _entries(content, "fieldOverrides", "")
    ]
    return IndexDefinitions(tuple(composites), tuple(overrides))


def _entries(content: Mapping[str, Any], key: str, where: str) -> list[tuple[int, Any]]:
    listed = content.get(key, [])
    if not isinstance(listed, list):
        raise BadIndexFile(f"{where}{key} must be a list")
    return list(enumerate(listed))


def _check_keys(entry: Any, known: frozenset[str], where: str) -> None:
    if not isinstance(entry, Mapping):
        raise BadIndexFile(f"{where} must be an object")
    unknown = sorted(entry.keys() - known)
    if unknown:
        raise BadIndexFile(f"{where}: {unknown[0]!r} is not known; known are {', '.join(sorted(known))}")


def _text(entry: Mapping[str, Any], key: str, where: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value:
        raise BadIndexFile(f"{where}: {key} must be a text")
    return value


def _scope(entry: Mapping[str, Any], where: str) -> QueryScope:
    name = entry.get("queryScope", "COLLECTION")
    if name not in QueryScope.__members__:
        raise BadIndexFile(f"{where}: queryScope must be COLLECTION or COLLECTION_GROUP, not {name!r}")
    return QueryScope[name]


def _path(entry: Mapping[str, Any], where: str) -> FieldPath:
    text = _text(entry, "fieldPath", where)
    try:
        return ANY_FIELD if text == "*" else parse_field_path(text)
    except InvalidArgument as refusal:
        raise BadIndexFile(f"{where}: {refusal.message}") from None


def _kind(entry: Mapping[str, Any], where: str) -> Kind | None:
    """ascending, descending or contains; None for a vector."""
    named = [key for key in ("order", "arrayConfig", "vectorConfig") if key in entry]
    if len(named) != 1:
        raise BadIndexFile(f"{where} needs exactly one of order, arrayConfig and vectorConfig")
    if named == ["order"]:
        if entry["order"] not in _ORDERS:
            raise BadIndexFile(f"{where}: order must be ASCENDING or DESCENDING, not {entry['order']!r}")
        return _ORDERS[entry["order"]]
    if named == ["arrayConfig"]:
        if entry["arrayConfig"] != "CONTAINS":
            raise BadIndexFile(f"{where}: arrayConfig must be CONTAINS, not {entry['arrayConfig']!r}")
        return Kind.CONTAINS
    return None


def _parse_field(entry: Any, where: str) -> IndexedField:
    _check_keys(entry, _FIELD_KEYS, where)
    kind = _kind(entry, where)
    if kind is not None:
        return IndexedField(_path(entry, where), kind)
    config = entry["vectorConfig"]
    dimensions = config.get("dimension") if isinstance(config, Mapping) else None
    if not isinstance(dimensions, int) or not 1 <= dimensions <= 2048:
        raise BadIndexFile(f"{where}: vectorConfig.dimension must be a number from 1 to 2048")
    return IndexedField(_path(entry, where), None, dimensions)


def _parse_composite(entry: Any, where: str) -> CompositeIndex:
    _check_keys(entry, _INDEX_KEYS, where)
    fields = tuple(
        _parse_field(field, f"{where}.fields[{place}]")
        for place, field in _entries(entry, "fields", f"{where}.")
    )
    if not fields or (len(fields) == 1 and fields[0].dimensions is None and fields[0].path != DOCUMENT_ID):
        raise BadIndexFile(f"{where} needs two fields or more; indexes of one field belong to fieldOverrides")
    if sum(field.kind is Kind.CONTAINS for field in fields) > 1:
        raise BadIndexFile(f"{where}: an index can hold one array field at most")
    if any(field.dimensions is not None for field in fields[:-1]):
        raise BadIndexFile(f"{where}: the vector field must come last")
    return CompositeIndex(_text(entry, "collectionGroup", where), _scope(entry, where), fields)


def _parse_override(entry: Any, where: str) -> FieldOverride:
    _check_keys(entry, _OVERRIDE_KEYS, where)
    indexes = frozenset(
        _parse_single(one, f"{where}.indexes[{place}]")
        for place, one in _entries(entry, "indexes", f"{where}.")
    )
    return FieldOverride(_text(entry, "collectionGroup", where), _path(entry, where), indexes)


def _parse_single(entry: Any, where: str) -> FieldIndex:
    _check_keys(entry, _SINGLE_KEYS, where)
    kind = _kind(entry, where)
    assert kind is not None, "vectorConfig is not among the known keys"
    return kind, _scope(entry, where)
