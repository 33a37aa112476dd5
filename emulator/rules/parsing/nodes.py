"""The syntax tree of a rules source; nodes compare by identity."""

from dataclasses import dataclass

from emulator.rules.issues import Span


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """Anything with a place in the source."""

    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Literal(Node):
    """`null`, a boolean, a number, a string or bytes."""

    value: bool | int | float | str | bytes | None


@dataclass(frozen=True, slots=True, eq=False)
class ListLiteral(Node):
    """`[a, b]`"""

    items: tuple["Expression", ...]


@dataclass(frozen=True, slots=True, eq=False)
class MapLiteral(Node):
    """`{'k': v}`"""

    entries: tuple[tuple["Expression", "Expression"], ...]


@dataclass(frozen=True, slots=True, eq=False)
class PathLiteral(Node):
    """`/users/$(uid)`: texts, and expressions between `$(` and `)`."""

    segments: tuple["str | Expression", ...]


@dataclass(frozen=True, slots=True, eq=False)
class Name(Node):
    """A variable."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Member(Node):
    """`target.name`"""

    target: "Expression"
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Index(Node):
    """`target[key]`"""

    target: "Expression"
    key: "Expression"


@dataclass(frozen=True, slots=True, eq=False)
class Slice(Node):
    """`target[low:high]`"""

    target: "Expression"
    low: "Expression"
    high: "Expression"


@dataclass(frozen=True, slots=True, eq=False)
class Call(Node):
    """`name(arguments)`"""

    name: str
    name_span: Span
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True, eq=False)
class MethodCall(Node):
    """`target.name(arguments)`; the target may be a namespace such as `math`."""

    target: "Expression"
    name: str
    name_span: Span
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True, eq=False)
class Unary(Node):
    """`!operand` or `-operand`"""

    operator: str
    operand: "Expression"


@dataclass(frozen=True, slots=True, eq=False)
class Logical(Node):
    """`a && b && c` or `a || b || c`, flat so that long conditions stay shallow."""

    operator: str
    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True, eq=False)
class Binary(Node):
    """`left operator right`, `in` included."""

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True, eq=False)
class TypeTest(Node):
    """`operand is type_name`"""

    operand: "Expression"
    type_name: str


@dataclass(frozen=True, slots=True, eq=False)
class Conditional(Node):
    """`condition ? yes : no`"""

    condition: "Expression"
    yes: "Expression"
    no: "Expression"


Expression = (
    Literal
    | ListLiteral
    | MapLiteral
    | PathLiteral
    | Name
    | Member
    | Index
    | Slice
    | Call
    | MethodCall
    | Unary
    | Logical
    | Binary
    | TypeTest
    | Conditional
)


@dataclass(frozen=True, slots=True, eq=False)
class Declaration(Node):
    """What gives a value a name inside a function: a parameter, or a `let`; `span` covers the name."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Let(Declaration):
    """`let name = value;`"""

    value: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Function(Node):
    """A function; `span` covers its name."""

    name: str
    parameters: tuple[Declaration, ...]
    lets: tuple[Let, ...]
    body: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Allow(Node):
    """`allow methods: if condition;`; without a condition it always allows."""

    methods: tuple[str, ...]
    condition: Expression | None


@dataclass(frozen=True, slots=True, eq=False)
class Capture(Node):
    """`{name}` in a match path, or `{name=**}` for any number of segments."""

    name: str
    is_glob: bool


@dataclass(frozen=True, slots=True, eq=False)
class Match(Node):
    """A match block; `span` covers its path."""

    path: tuple[str | Capture, ...]
    functions: tuple[Function, ...] = ()
    allows: tuple[Allow, ...] = ()
    matches: tuple["Match", ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Service(Node):
    """`service name { … }`"""

    name: str
    functions: tuple[Function, ...]
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Source(Node):
    """A whole file."""

    version: str
    functions: tuple[Function, ...] = ()
    services: tuple[Service, ...] = ()


def children(node: Expression) -> tuple[Expression, ...]:
    """The expressions directly inside another, in source order."""
    match node:
        case ListLiteral(items=items):
            return items
        case MapLiteral(entries=entries):
            return tuple(part for entry in entries for part in entry)
        case PathLiteral(segments=segments):
            return tuple(segment for segment in segments if not isinstance(segment, str))
        case Member(target=target):
            return (target,)
        case Index(target=target, key=key):
            return (target, key)
        case Slice(target=target, low=low, high=high):
            return (target, low, high)
        case Call(arguments=parts) | Logical(operands=parts):
            return parts
        case MethodCall(target=target, arguments=arguments):
            return (target, *arguments)
        case Unary(operand=operand) | TypeTest(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return (left, right)
        case Conditional(condition=condition, yes=yes, no=no):
            return (condition, yes, no)
    return ()
