"""Which function and which variable a name means at a place in the source.

Functions see the functions and captured path segments of the blocks around their declaration, and their own
parameters and variables; never those of their callers.
"""

from dataclasses import dataclass, field
from enum import Enum, auto

from emulator.rules.parsing.nodes import Capture, Function, Match

GLOBALS = frozenset({"request", "resource"})
ACCESS_FUNCTIONS = frozenset({"get", "getAfter", "exists", "existsAfter"})


class Place(Enum):
    """Where the value of a variable lives during evaluation."""

    CAPTURE = auto()
    """Among the captured segments of the match blocks around, by position."""
    FRAME = auto()
    """Among parameters and variables of the function, by position."""
    GLOBAL = auto()
    """`request` or `resource`."""


@dataclass(frozen=True, slots=True)
class Variable:
    """Where a name is found."""

    place: Place
    index: int = 0


@dataclass(slots=True)
class Scope:
    """The names of one block, inside those of the blocks around it."""

    outer: "Scope | None" = None
    functions: dict[str, Function] = field(default_factory=dict)
    variables: dict[str, Variable] = field(default_factory=dict)
    captures: int = 0
    """How many segments this block and those around it capture."""
    slots: int = 0
    """How many parameters and variables this function has so far."""

    def variable(self, name: str) -> Variable | None:
        """What a name stands for as a variable, None if nothing."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.variables:
                return scope.variables[name]
            scope = scope.outer
        return None

    def function(self, name: str) -> "tuple[Function, Scope] | None":
        """The function of that name with the scope that declares it, None if there is none."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.functions:
                return scope.functions[name], scope
            scope = scope.outer
        return None


def _declared(functions: tuple[Function, ...]) -> dict[str, Function]:
    return {function.name: function for function in reversed(functions)}


def file_scope(functions: tuple[Function, ...]) -> Scope:
    """Functions outside any service; they see neither `request` nor `resource`."""
    return Scope(functions=_declared(functions))


def service_scope(outer: Scope, functions: tuple[Function, ...]) -> Scope:
    """The names of a service."""
    return Scope(outer, _declared(functions), {name: Variable(Place.GLOBAL) for name in GLOBALS})


def match_scope(outer: Scope, match: Match) -> Scope:
    """The names of a match block; its captures come after those of the blocks around it."""
    scope = Scope(outer, _declared(match.functions), captures=outer.captures)
    for part in match.path:
        if isinstance(part, Capture):
            scope.variables[part.name] = Variable(Place.CAPTURE, scope.captures)
            scope.captures += 1
    return scope


def function_scope(outer: Scope, function: Function) -> Scope:
    """The parameters of a function; `declare` adds its variables one by one."""
    scope = Scope(outer, captures=outer.captures)
    for parameter in function.parameters:
        declare(scope, parameter.name)
    return scope


def declare(scope: Scope, name: str) -> None:
    """Add a variable to the scope of a function."""
    scope.variables[name] = Variable(Place.FRAME, scope.slots)
    scope.slots += 1
