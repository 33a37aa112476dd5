"""Which types the operators take and give, for the warnings about expressions."""

from emulator.rules.values.signatures import BOOL, DURATION, NUMBER, STRING, TIMESTAMP, Types

_CONTAINERS: Types = frozenset({"list", "map", "set"})
_FLOAT: Types = frozenset({"float"})
_INT: Types = frozenset({"int"})
_NOTHING: Types = frozenset()

_SUMS = [(STRING, STRING, STRING), (TIMESTAMP, DURATION, TIMESTAMP), (DURATION, TIMESTAMP, TIMESTAMP)]
_DIFFERENCES = [(TIMESTAMP, DURATION, TIMESTAMP), (TIMESTAMP, TIMESTAMP, DURATION)]
_DURATIONS = [(DURATION, DURATION, DURATION)]
_NUMBERS = [(_INT, _INT, _INT), (_FLOAT, NUMBER, _FLOAT), (NUMBER, _FLOAT, _FLOAT)]
_ARITHMETIC = {
    "+": _NUMBERS + _SUMS + _DURATIONS,
    "-": _NUMBERS + _DIFFERENCES + _DURATIONS,
    "*": _NUMBERS,
    "/": _NUMBERS,
    "%": _NUMBERS,
}
_ORDERED = [NUMBER, STRING, frozenset({"bytes"}), TIMESTAMP, DURATION]


def binary_result(operator: str, left: Types, right: Types) -> Types:
    """The types that `left operator right` can have; none if it always fails."""
    if operator in ("==", "!="):
        return BOOL
    if operator == "in":
        return BOOL if right & _CONTAINERS else _NOTHING
    if operator in _ARITHMETIC:
        rows = _ARITHMETIC[operator]
        return _NOTHING.union(*(result for one, other, result in rows if left & one and right & other))
    return BOOL if any(left & types and right & types for types in _ORDERED) else _NOTHING


def unary_result(operator: str, operand: Types) -> tuple[Types, Types]:
    """The types that `!` or `-` takes, and those that it gives."""
    if operator == "!":
        return BOOL, BOOL
    expected = NUMBER | DURATION
    return expected, (operand & expected) or expected
