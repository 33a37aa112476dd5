"""How methods and functions of the language are described: parameters, result, and what computes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from emulator.rules.values.types import TYPE_NAMES, EvaluationError, NotFixed, Partial, Value

Types = frozenset[str]
"""Names of the types that a parameter takes or a result can have."""

ANY: Types = frozenset(TYPE_NAMES.values())
BOOL = frozenset({"bool"})
BYTES = frozenset({"bytes"})
DURATION = frozenset({"duration"})
FLOAT = frozenset({"float"})
INT = frozenset({"int"})
LATLNG = frozenset({"latlng"})
LIST = frozenset({"list"})
MAP = frozenset({"map"})
NUMBER = frozenset({"int", "float"})
PATH = frozenset({"path"})
SET = frozenset({"set"})
STRING = frozenset({"string"})
TIMESTAMP = frozenset({"timestamp"})


@dataclass(frozen=True, slots=True)
class Signature:
    """A method (`apply` takes the receiver first) or a function."""

    apply: Callable[..., Value]
    parameters: tuple[Types, ...]
    result: Types

    def call(self, *values: Value, arguments: list[Value]) -> Value:
        """The result for arguments of the right number and types, else EvaluationError."""
        if len(arguments) != len(self.parameters):
            expected = len(self.parameters)
            raise EvaluationError(
                f"Invalid argument count. Received: {len(arguments)}. Expected: {expected}."
            )
        for argument, types in zip(arguments, self.parameters, strict=True):
            if TYPE_NAMES.get(type(argument)) not in types:
                raise _mismatch(argument, types)
        try:
            return self.apply(*values, *arguments)
        except UnicodeEncodeError:  # half a surrogate pair, as a claim of a token can hold
            raise EvaluationError("The string is not valid Unicode.") from None


def _mismatch(argument: Value, types: Types) -> EvaluationError:
    if argument is None:
        return EvaluationError("Null value error.")
    if isinstance(argument, Partial):
        return NotFixed()
    received = TYPE_NAMES[type(argument)]
    return EvaluationError(f"Type error. Received: [{received}] Expected: [{','.join(sorted(types))}].")


Methods = Mapping[str, Signature]


def has_partial(arguments: list[Value]) -> bool:
    """Whether an argument is known in part only."""
    return any(isinstance(argument, Partial) for argument in arguments)
