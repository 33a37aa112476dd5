"""Calls of functions: those of the source, those that read documents, conversions and `debug`."""

from collections.abc import Callable

from emulator.rules.evaluation.context import MAX_CALL_DEPTH, Context, Evaluate, Failure
from emulator.rules.evaluation.described import describe
from emulator.rules.parsing.nodes import Call, Expression, Function
from emulator.rules.requests import Resource
from emulator.rules.scopes import ACCESS_FUNCTIONS, Scope, declare, function_scope
from emulator.rules.values.library import FUNCTIONS
from emulator.rules.values.operators import type_error
from emulator.rules.values.signatures import Signature
from emulator.rules.values.types import EvaluationError, Path, Value

Compile = Callable[[Expression, Scope], Evaluate]
Invoke = Callable[[Context, list[Value]], Value]
"""A compiled function, called with its arguments (which it may extend)."""


class FunctionCompiler:
    """Compiles calls with the help of a compiler of expressions."""

    def __init__(self, compile_argument: Compile, compile_root: Compile) -> None:
        self._compile = compile_argument
        self._compile_root = compile_root
        self._compiled: dict[Function, Invoke] = {}

    def call(self, node: Call, scope: Scope) -> Evaluate:
        """The closure of a call."""
        arguments = [self._compile(argument, scope) for argument in node.arguments]
        found = scope.function(node.name)
        if found is not None:
            return self._declared(node, arguments, *found)
        if node.name in FUNCTIONS:
            return _converting(FUNCTIONS[node.name], arguments)
        known = node.name in ACCESS_FUNCTIONS or node.name == "debug"
        if not known:
            return failing(f"Function not found error: Name: [{node.name}].")
        if len(arguments) != 1:
            return failing(f"Invalid argument count. Received: {len(arguments)}. Expected: 1.")
        return _debugging(arguments[0]) if node.name == "debug" else _reading(node.name, arguments[0])

    def _declared(self, node: Call, arguments: list[Evaluate], function: Function, scope: Scope) -> Evaluate:
        expected = len(function.parameters)
        if len(arguments) != expected:
            return failing(f"Invalid argument count. Received: {len(arguments)}. Expected: {expected}.")
        invoke = self._function(function, scope)
        return lambda context: invoke(context, [_attempt(argument, context) for argument in arguments])

    def _function(self, function: Function, declared_in: Scope) -> Invoke:
        if function not in self._compiled:
            scope = function_scope(declared_in, function)
            lets = []
            for let in function.lets:
                lets.append(self._compile_root(let.value, scope))
                declare(scope, let.name)
            self._compiled[function] = _invocation(lets, self._compile_root(function.body, scope))
        return self._compiled[function]


def _invocation(lets: list[Evaluate], body: Evaluate) -> Invoke:
    def invoke(context: Context, frame: list[Value]) -> Value:
        if context.depth >= MAX_CALL_DEPTH:
            raise EvaluationError(f"Functions are called more than {MAX_CALL_DEPTH} deep.")
        callers, context.frame = context.frame, frame
        context.depth += 1
        try:
            for let in lets:
                frame.append(_attempt(let, context))
            return body(context)
        finally:
            context.depth -= 1
            context.frame = callers

    return invoke


def _attempt(expression: Evaluate, context: Context) -> Value:
    """The value of an argument or variable; an error counts only where the value is used."""
    try:
        return expression(context)
    except EvaluationError as error:
        return Failure(error)


def failing(message: str) -> Evaluate:
    """An expression that never has a value."""

    def evaluate(context: Context) -> Value:
        raise EvaluationError(message)

    return evaluate


def _converting(signature: Signature, arguments: list[Evaluate]) -> Evaluate:
    return lambda context: signature.call(arguments=[argument(context) for argument in arguments])


def _debugging(argument: Evaluate) -> Evaluate:
    def evaluate(context: Context) -> Value:
        value = argument(context)
        context.debug.append(describe(value))
        return value

    return evaluate


def _reading(name: str, argument: Evaluate) -> Evaluate:
    after = name.endswith("After")
    tests_existence = name.startswith("exists")

    def evaluate(context: Context) -> Value:
        path = argument(context)
        found = _fetch(context, name, path, after=after)
        if tests_existence:
            return found is not None
        if found is None:
            raise _service_error(name, path)
        return found.value

    return evaluate


def _fetch(context: Context, name: str, path: Value, *, after: bool) -> Resource | None:
    if not isinstance(path, Path):
        raise type_error(path, "path")
    root, relative = path.segments[:3], path.segments[3:]
    if root != ("databases", context.database, "documents") or not relative or len(relative) % 2:
        raise _service_error(name, path)
    return context.documents.fetch(relative, after=after)


def _service_error(name: str, path: Path) -> EvaluationError:
    return EvaluationError(f"Service call error. Function: [{name}], Argument: [{path}].")
