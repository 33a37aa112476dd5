"""Expressions of the checked tree as closures."""

from collections.abc import Callable

from emulator.rules.access import LimitExceeded
from emulator.rules.evaluation.context import MAX_EXPRESSIONS, Context, Evaluate, Failure
from emulator.rules.evaluation.functions import FunctionCompiler, failing
from emulator.rules.evaluation.logic import conditional, conjunction, disjunction
from emulator.rules.parsing.nodes import (
    Binary,
    Call,
    Conditional,
    Expression,
    Index,
    ListLiteral,
    Literal,
    Logical,
    MapLiteral,
    Member,
    MethodCall,
    Name,
    PathLiteral,
    Slice,
    TypeTest,
    Unary,
)
from emulator.rules.scopes import GLOBALS, Place, Scope, Variable
from emulator.rules.values.conversions import path_segments
from emulator.rules.values.library import NAMESPACES, TESTABLE_TYPES, call_method
from emulator.rules.values.operators import (
    arithmetic,
    contains,
    equal,
    index,
    is_type,
    less,
    less_or_equal,
    member,
    negate,
    slice_of,
    truth,
    type_error,
)
from emulator.rules.values.types import EvaluationError, Path, Value

_OPERATORS: dict[str, Callable[[Value, Value], Value]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": less,
    "<=": less_or_equal,
    ">": lambda left, right: less(right, left),
    ">=": lambda left, right: less_or_equal(right, left),
    "in": contains,
    **{symbol: arithmetic(symbol) for symbol in "+-*/%"},
}


class ExpressionCompiler:
    """Compiles the expressions of one source; functions are compiled once, where they are first called."""

    def __init__(self) -> None:
        self._functions = FunctionCompiler(self.compile, self.compile_root)

    def compile_root(self, node: Expression, scope: Scope) -> Evaluate:
        """The closure of a condition or of the body of a function, counted even if it is a mere literal."""
        compiled = self.compile(node, scope)
        return _traced(node, compiled) if isinstance(node, Literal | Name) else compiled

    def compile(self, node: Expression, scope: Scope) -> Evaluate:
        """The closure of an expression at a place with these names."""
        match node:
            case Literal(value=value):
                return lambda context: value
            case Name():
                return _variable(node.name, scope.variable(node.name))
        return _traced(node, self._operation(node, scope))

    def _operation(self, node: Expression, scope: Scope) -> Evaluate:
        match node:
            case Member(target=target, name=name):
                of = self.compile(target, scope)
                return lambda context: member(of(context), name)
            case Call():
                return self._functions.call(node, scope)
            case MethodCall():
                return self._method(node, scope)
            case Logical(operator=operator, operands=operands):
                parts = [self.compile(operand, scope) for operand in operands]
                return conjunction(parts) if operator == "&&" else disjunction(parts)
            case Binary():
                return self._binary(node, scope)
            case Unary(operator=operator, operand=operand):
                inner = self.compile(operand, scope)
                if operator == "-":
                    return lambda context: negate(inner(context))
                return lambda context: not truth(inner(context))
            case TypeTest(operand=operand, type_name=name):
                tested = self.compile(operand, scope)
                if name not in TESTABLE_TYPES:
                    return failing(f"Type not found error: Name: [{name}].")
                return lambda context: is_type(tested(context), name)
            case Conditional(condition=condition, yes=yes, no=no):
                return conditional(*(self.compile(part, scope) for part in (condition, yes, no)))
        return self._composed(node, scope)

    def _composed(self, node: Expression, scope: Scope) -> Evaluate:
        match node:
            case ListLiteral(items=items):
                elements = [self.compile(item, scope) for item in items]
                return lambda context: [element(context) for element in elements]
            case MapLiteral(entries=entries):
                return _map(
                    [(self.compile(key, scope), self.compile(value, scope)) for key, value in entries]
                )
            case PathLiteral():
                return self._path(node, scope)
            case Index(target=target, key=key):
                of, at = self.compile(target, scope), self.compile(key, scope)
                return lambda context: index(of(context), at(context))
            case Slice(target=target, low=low, high=high):
                whole, first, end = (self.compile(part, scope) for part in (target, low, high))
                return lambda context: slice_of(whole(context), first(context), end(context))
        raise AssertionError(f"no such expression: {node!r}")

    def _binary(self, node: Binary, scope: Scope) -> Evaluate:
        left, right = self.compile(node.left, scope), self.compile(node.right, scope)
        operator = _OPERATORS[node.operator]
        return lambda context: operator(left(context), right(context))

    def _method(self, node: MethodCall, scope: Scope) -> Evaluate:
        target, name = node.target, node.name
        arguments = [self.compile(argument, scope) for argument in node.arguments]
        if isinstance(target, Name) and target.name in NAMESPACES and scope.variable(target.name) is None:
            signature = NAMESPACES[target.name].get(name)
            if signature is None:
                return failing(f"Function not found error: Name: [{target.name}.{name}].")
            return lambda context: signature.call(arguments=[argument(context) for argument in arguments])
        receiver = self.compile(target, scope)
        return lambda context: call_method(
            receiver(context), name, [argument(context) for argument in arguments]
        )

    def _path(self, node: PathLiteral, scope: Scope) -> Evaluate:
        parts: list[str | Evaluate] = []
        for segment in node.segments:
            if isinstance(segment, str):
                parts.append(segment)
            elif isinstance(segment, Name) and scope.variable(segment.name) is None:
                parts.append(f"{{{segment.name}}}")  # for bind()
            else:
                parts.append(self.compile(segment, scope))

        def evaluate(context: Context) -> Path:
            segments: list[str] = []
            for part in parts:
                if isinstance(part, str):
                    segments.append(part)
                else:
                    segments += path_segments(part(context))
            return Path(tuple(segments))

        return evaluate


def _variable(name: str, variable: Variable | None) -> Evaluate:
    if variable is None and name in GLOBALS:  # in a function outside the service, where it is warned of
        variable = Variable(Place.GLOBAL)
    if variable is None:
        return failing(f"Variable not found error: Name: [{name}].")
    if variable.place is Place.GLOBAL:
        return _request if name == "request" else _resource
    position = variable.index
    in_frame = variable.place is Place.FRAME

    def evaluate(context: Context) -> Value:
        value = (context.frame if in_frame else context.captures)[position]
        if type(value) is Failure:
            raise value.error
        return value

    return evaluate


def _request(context: Context) -> Value:
    return context.request


def _resource(context: Context) -> Value:
    return None if context.resource is None else context.resource.value


def _map(entries: list[tuple[Evaluate, Evaluate]]) -> Evaluate:
    def evaluate(context: Context) -> Value:
        result = {}
        for key, value in entries:
            name = key(context)
            if type(name) is not str:
                raise type_error(name, "string")
            result[name] = value(context)
        return result

    return evaluate


def _traced(node: Expression, evaluate: Evaluate) -> Evaluate:
    """Count the expression against its limit and record its value for the coverage report."""

    def traced(context: Context) -> Value:
        context.steps += 1
        if context.steps > MAX_EXPRESSIONS:
            raise LimitExceeded(f"Maximum of {MAX_EXPRESSIONS} expressions to evaluate has been reached.")
        try:
            value = evaluate(context)
        except EvaluationError as error:
            context.trace.append((node, error))
            raise
        context.trace.append((node, value))
        return value

    return traced
