"""Firestore's order and query semantics written down directly, to compare the engine with."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cmp_to_key
from math import isnan
from typing import Any

from tests.emulator.values import Reference, Vector

Document = Mapping[str, Any]
MISSING = object()


def rank(plain: Any) -> int:
    """The place of a value's type in the order across types."""
    kinds: tuple[tuple[type, ...], ...] = (
        (type(None),),
        (bool,),
        (int, float),
        (datetime,),
        (str,),
        (bytes,),
        (Reference,),
        (object,),
        (list,),
        (Vector,),
        (dict,),
    )
    if isinstance(plain, Reference):
        return 6
    if hasattr(plain, "latitude"):
        return 7
    return next(place for place, kind in enumerate(kinds) if kind != (object,) and isinstance(plain, kind))


def compare(left: Any, right: Any) -> int:
    """-1, 0 or 1."""
    if rank(left) != rank(right):
        return _sign(rank(left), rank(right))
    by_rank: dict[int, Callable[[Any, Any], int]] = {
        0: lambda a, b: 0,
        2: _numbers,
        4: lambda a, b: _sign(a.encode(), b.encode()),
        6: lambda a, b: _sequence(a.split("/"), b.split("/"), _ids),
        7: lambda a, b: _sign((a.latitude, a.longitude), (b.latitude, b.longitude)),
        8: lambda a, b: _sequence(a, b, compare),
        9: lambda a, b: _sign((len(a), a), (len(b), b)),
        10: _maps,
    }
    return by_rank.get(rank(left), _sign)(left, right)


def _sign(left: Any, right: Any) -> int:
    return int(left > right) - int(left < right)


def _numbers(left: float, right: float) -> int:
    if isnan(left) or isnan(right):
        return int(isnan(right)) - int(isnan(left))
    return _sign(left, right)


def _ids(left: str, right: str) -> int:
    def key(one: str) -> tuple[int, int, bytes]:
        numeric = one.startswith("__id") and one.endswith("__")
        return (0, int(one[4:-2]), b"") if numeric else (1, 0, one.encode())

    return _sign(key(left), key(right))


def _sequence(left: Iterable[Any], right: Iterable[Any], order: Callable[[Any, Any], int]) -> int:
    left, right = list(left), list(right)
    for one, other in zip(left, right, strict=False):
        if result := order(one, other):
            return result
    return _sign(len(left), len(right))


def _maps(left: Mapping[str, Any], right: Mapping[str, Any]) -> int:
    def entries(one: Mapping[str, Any]) -> list[tuple[str, Any]]:
        return sorted(one.items(), key=lambda item: item[0].encode())

    def entry(one: tuple[str, Any], other: tuple[str, Any]) -> int:
        return _sign(one[0].encode(), other[0].encode()) or compare(one[1], other[1])

    return _sequence(entries(left), entries(right), entry)


def equal(left: Any, right: Any) -> bool:
    return compare(left, right) == 0


def matches(document: Document, condition: tuple[Any, ...]) -> bool:
    """Whether a document satisfies `("and"|"or", parts…)` or `(field, operator, value)`."""
    if condition[0] == "and":
        return all(matches(document, part) for part in condition[1:])
    if condition[0] == "or":
        return any(matches(document, part) for part in condition[1:])
    field, operator, operand = condition
    stored = document.get(field, MISSING)
    return stored is not MISSING and _OPERATORS[operator](stored, operand)


def _comparable(stored: Any, operand: Any) -> bool:
    return rank(stored) == rank(operand)


def _contains(stored: Any, operand: Any) -> bool:
    return isinstance(stored, list) and any(equal(element, operand) for element in stored)


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": equal,
    "!=": lambda stored, operand: stored is not None and not equal(stored, operand),
    "<": lambda stored, operand: _comparable(stored, operand) and compare(stored, operand) < 0,
    "<=": lambda stored, operand: _comparable(stored, operand) and compare(stored, operand) <= 0,
    ">": lambda stored, operand: _comparable(stored, operand) and compare(stored, operand) > 0,
    ">=": lambda stored, operand: _comparable(stored, operand) and compare(stored, operand) >= 0,
    "in": lambda stored, operand: any(equal(stored, one) for one in operand),
    "not-in": lambda stored, operand: (
        stored is not None and None not in operand and not any(equal(stored, one) for one in operand)
    ),
    "array-contains": _contains,
    "array-contains-any": lambda stored, operand: any(_contains(stored, one) for one in operand),
}


def run(
    documents: Mapping[str, Document],
    condition: tuple[Any, ...],
    orders: list[tuple[str, int]],
    *,
    start: tuple[list[Any], bool] | None = None,
    end: tuple[list[Any], bool] | None = None,
    offset: int = 0,
    limit: int | None = None,
) -> list[str]:
    """Paths of the results; `orders` are complete, with direction 1 or -1, and end before the document id.

    A cursor is values and whether it stands before (True) or after (False) what equals them.
    """
    last = orders[-1][1] if orders else 1

    def position(path: str, document: Document, cursor: list[Any]) -> int:
        for (field, direction), wanted in zip([*orders, ("", last)], cursor, strict=False):
            stored = document[field] if field else Reference(path)
            if result := compare(stored, wanted) * direction:
                return result
        return 0

    def within(path: str, document: Document) -> bool:
        if start and not (position(path, document, start[0]) + start[1] > 0):
            return False
        return not end or position(path, document, end[0]) + end[1] <= 0

    found = [
        (path, document)
        for path, document in documents.items()
        if all(field in document for field, _ in orders)
        and matches(document, condition)
        and within(path, document)
    ]

    def order(left: tuple[str, Document], right: tuple[str, Document]) -> int:
        for field, direction in orders:
            if result := compare(left[1][field], right[1][field]) * direction:
                return result
        return compare(Reference(left[0]), Reference(right[0])) * last

    paths = [path for path, _ in sorted(found, key=cmp_to_key(order))]
    return paths[offset:][:limit]
