"""Which methods each type has, and which functions each namespace and the language itself."""

from collections.abc import Mapping

from emulator.rules.values.collections import LIST_METHODS, MAP_DIFF_METHODS, MAP_METHODS, SET_METHODS
from emulator.rules.values.conversions import bind, text_of, to_float, to_int, to_path
from emulator.rules.values.numbers import (
    HASHING_FUNCTIONS,
    LATLNG_FUNCTIONS,
    LATLNG_METHODS,
    MATH_FUNCTIONS,
)
from emulator.rules.values.operators import type_error
from emulator.rules.values.partial import partial_method
from emulator.rules.values.signatures import (
    FLOAT,
    INT,
    MAP,
    NUMBER,
    PATH,
    STRING,
    Methods,
    Signature,
    has_partial,
)
from emulator.rules.values.strings import BYTES_METHODS, STRING_METHODS
from emulator.rules.values.times import (
    DURATION_FUNCTIONS,
    DURATION_METHODS,
    TIMESTAMP_FUNCTIONS,
    TIMESTAMP_METHODS,
)
from emulator.rules.values.types import TYPE_NAMES, EvaluationError, Partial, Value

METHODS: Mapping[str, Methods] = {
    "bytes": BYTES_METHODS,
    "duration": DURATION_METHODS,
    "latlng": LATLNG_METHODS,
    "list": LIST_METHODS,
    "map": MAP_METHODS,
    "map_diff": MAP_DIFF_METHODS,
    "path": {"bind": Signature(bind, (MAP,), PATH)},
    "set": SET_METHODS,
    "string": STRING_METHODS,
    "timestamp": TIMESTAMP_METHODS,
}
"""Methods by the name of the receiver's type."""

NAMESPACES: Mapping[str, Methods] = {
    "duration": DURATION_FUNCTIONS,
    "hashing": HASHING_FUNCTIONS,
    "latlng": LATLNG_FUNCTIONS,
    "math": MATH_FUNCTIONS,
    "timestamp": TIMESTAMP_FUNCTIONS,
}
"""Functions by namespace."""

FUNCTIONS: Mapping[str, Signature] = {
    "float": Signature(to_float, (NUMBER | STRING,), FLOAT),
    "int": Signature(to_int, (NUMBER | STRING,), INT),
    "path": Signature(to_path, (STRING,), PATH),
    "string": Signature(text_of, (frozenset({"null", "bool"}) | NUMBER | STRING,), STRING),
}
"""Functions without a namespace that depend on their arguments alone."""

TESTABLE_TYPES = frozenset({*TYPE_NAMES.values(), "number"})
"""What may follow `is`."""


def call_method(target: Value, name: str, arguments: list[Value]) -> Value:
    """`target.name(arguments)`"""
    if isinstance(target, Partial) or has_partial(arguments):
        return partial_method(target, name, arguments)
    methods = METHODS.get(TYPE_NAMES[type(target)])
    if methods is None:
        raise type_error(target, ",".join(sorted(METHODS)))
    signature = methods.get(name)
    if signature is None:
        raise EvaluationError(f"Function not found error: Name: [{name}].")
    return signature.call(target, arguments=arguments)
