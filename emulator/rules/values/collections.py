"""Methods of lists, sets, maps and differences of maps (https://firebase.google.com/docs/reference/rules/)."""

from collections.abc import Mapping
from typing import Any

from emulator.rules.values.conversions import text_of
from emulator.rules.values.operators import equal
from emulator.rules.values.signatures import ANY, BOOL, INT, LIST, MAP, SET, STRING, Signature, Types
from emulator.rules.values.types import MapDiff, Value, ValueSet, key_of

_GROUP: Types = LIST | SET
_Group = list[Value] | ValueSet


def _keys(group: _Group) -> set[Any]:
    return set(group.by_key) if isinstance(group, ValueSet) else set(map(key_of, group))


def _has_all(group: _Group, wanted: _Group) -> bool:
    return _keys(wanted) <= _keys(group)


def _has_any(group: _Group, wanted: _Group) -> bool:
    return not _keys(wanted).isdisjoint(_keys(group))


def _has_only(group: _Group, allowed: _Group) -> bool:
    return _keys(group) <= _keys(allowed)


_MEMBERSHIP = {
    "hasAll": Signature(_has_all, (_GROUP,), BOOL),
    "hasAny": Signature(_has_any, (_GROUP,), BOOL),
    "hasOnly": Signature(_has_only, (_GROUP,), BOOL),
}


def _join(items: list[Value], separator: str) -> str:
    return separator.join(map(text_of, items))


def _remove_all(items: list[Value], removed: list[Value]) -> list[Value]:
    keys = _keys(removed)
    return [item for item in items if key_of(item) not in keys]


LIST_METHODS: Mapping[str, Signature] = {
    **_MEMBERSHIP,
    "concat": Signature(lambda items, more: items + more, (LIST,), LIST),
    "join": Signature(_join, (STRING,), STRING),
    "removeAll": Signature(_remove_all, (LIST,), LIST),
    "size": Signature(len, (), INT),
    "toSet": Signature(ValueSet, (), SET),
}


def _difference(left: ValueSet, right: ValueSet) -> ValueSet:
    return ValueSet(value for key, value in left.by_key.items() if key not in right.by_key)


def _intersection(left: ValueSet, right: ValueSet) -> ValueSet:
    return ValueSet(value for key, value in left.by_key.items() if key in right.by_key)


def _union(left: ValueSet, right: ValueSet) -> ValueSet:
    return ValueSet([*left.by_key.values(), *right.by_key.values()])


SET_METHODS: Mapping[str, Signature] = {
    **_MEMBERSHIP,
    "difference": Signature(_difference, (SET,), SET),
    "intersection": Signature(_intersection, (SET,), SET),
    "size": Signature(lambda group: len(group.by_key), (), INT),
    "union": Signature(_union, (SET,), SET),
}


def _get(entries: dict[str, Value], key: str | list[Value], default: Value) -> Value:
    found: Value = entries
    for step in key if isinstance(key, list) else [key]:
        if not isinstance(found, dict) or not isinstance(step, str) or step not in found:
            return default
        found = found[step]
    return found


MAP_METHODS: Mapping[str, Signature] = {
    "diff": Signature(MapDiff, (MAP,), frozenset({"map_diff"})),
    "get": Signature(_get, (STRING | LIST, ANY), ANY),
    "keys": Signature(list, (), LIST),
    "size": Signature(len, (), INT),
    "values": Signature(lambda entries: list(entries.values()), (), LIST),
}


def _added(diff: MapDiff) -> ValueSet:
    return ValueSet(name for name in diff.map if name not in diff.other)


def _removed(diff: MapDiff) -> ValueSet:
    return ValueSet(name for name in diff.other if name not in diff.map)


def _common(diff: MapDiff, *, is_equal: bool) -> ValueSet:
    return ValueSet(
        name
        for name, value in diff.map.items()
        if name in diff.other and equal(value, diff.other[name]) is is_equal
    )


def _changed(diff: MapDiff) -> ValueSet:
    return _common(diff, is_equal=False)


def _affected(diff: MapDiff) -> ValueSet:
    return _union(_union(_added(diff), _removed(diff)), _changed(diff))


MAP_DIFF_METHODS: Mapping[str, Signature] = {
    "addedKeys": Signature(_added, (), SET),
    "affectedKeys": Signature(_affected, (), SET),
    "changedKeys": Signature(_changed, (), SET),
    "removedKeys": Signature(_removed, (), SET),
    "unchangedKeys": Signature(lambda diff: _common(diff, is_equal=True), (), SET),
}
