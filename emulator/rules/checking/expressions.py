"""Warnings about expressions that will fail when evaluated: unknown names, wrong types, wrong argument counts.

They are warnings because the service accepts such rules and only the conditions that reach them are denied.
"""

from emulator.rules.checking.operations import binary_result, unary_result
from emulator.rules.issues import IssueLog, Span
from emulator.rules.parsing.nodes import (
    Binary,
    Call,
    Conditional,
    Declaration,
    Expression,
    Function,
    Index,
    ListLiteral,
    Literal,
    Logical,
    MapLiteral,
    Match,
    Member,
    MethodCall,
    Name,
    PathLiteral,
    Slice,
    Source,
    TypeTest,
    Unary,
)
from emulator.rules.scopes import (
    ACCESS_FUNCTIONS,
    Scope,
    declare,
    file_scope,
    function_scope,
    match_scope,
    service_scope,
)
from emulator.rules.values.library import FUNCTIONS, METHODS, NAMESPACES, TESTABLE_TYPES
from emulator.rules.values.signatures import ANY, BOOL, LIST, MAP, PATH, STRING, Signature, Types
from emulator.rules.values.strings import compiled
from emulator.rules.values.types import TYPE_NAMES, EvaluationError

_ACCESS_RESULTS = {"get": MAP, "getAfter": MAP, "exists": BOOL, "existsAfter": BOOL}
_REGEX_METHODS = frozenset({"matches", "replace", "split"})


def check_expressions(source: Source, log: IssueLog) -> None:
    """Log warnings about all functions and conditions of a source."""
    checker = _Checker(log)
    outer = file_scope(source.functions)
    checker.functions(source.functions, outer)
    for service in source.services:
        scope = service_scope(outer, service.functions)
        checker.functions(service.functions, scope)
        for match in service.matches:
            checker.match(match, scope)
    checker.report_unused()


class _Checker:
    """Walks a source and infers which types each expression can have."""

    def __init__(self, log: IssueLog) -> None:
        self._log = log
        self._declared: list[Function] = []
        self._called: set[int] = set()
        self._read: set[str] = set()

    def match(self, match: Match, outer: Scope) -> None:
        """Check a match block and those inside it."""
        scope = match_scope(outer, match)
        self.functions(match.functions, scope)
        for allow in match.allows:
            if allow.condition is not None:
                self._expect(allow.condition, BOOL, scope)
        for inner in match.matches:
            self.match(inner, scope)

    def functions(self, functions: tuple[Function, ...], outer: Scope) -> None:
        """Check the functions of a block."""
        for function in functions:
            self._declared.append(function)
            self._read = set()
            scope = function_scope(outer, function)
            for let in function.lets:
                self._types(let.value, scope)
                declare(scope, let.name)
            self._types(function.body, scope)
            declarations: tuple[Declaration, ...] = (*function.parameters, *function.lets)
            for declaration in declarations:
                if declaration.name not in self._read:
                    self._log.warning(f"Unused variable: {declaration.name}.", declaration.span)

    def report_unused(self) -> None:
        """Warn of functions that nothing calls."""
        for function in self._declared:
            if id(function) not in self._called:
                self._log.warning(f"Unused function: {function.name}.", function.span)

    def _expect(self, node: Expression, expected: Types, scope: Scope) -> None:
        self._compare(node.span, self._types(node, scope), expected)

    def _compare(self, span: Span, received: Types, expected: Types) -> None:
        if received and not received & expected:
            names = ", ".join(sorted(received)), ", ".join(sorted(expected))
            self._log.warning(
                f"Invalid type. Received one of [{names[0]}]. Expected one of [{names[1]}].", span
            )

    def _types(self, node: Expression, scope: Scope) -> Types:
        match node:
            case Literal(value=value):
                return frozenset({TYPE_NAMES[type(value)]})
            case Name():
                return self._name(node, scope)
            case Member(target=target):
                self._expect(target, MAP, scope)
                return ANY
            case Call():
                return self._call(node, scope)
            case MethodCall():
                return self._method(node, scope)
            case Logical(operands=operands):
                for operand in operands:
                    self._expect(operand, BOOL, scope)
                return BOOL
            case Binary(operator=operator, left=left, right=right):
                return self._binary(node.span, operator, self._types(left, scope), self._types(right, scope))
            case Unary(operator=operator, operand=operand):
                received = self._types(operand, scope)
                expected, result = unary_result(operator, received)
                self._compare(operand.span, received, expected)
                return result
            case TypeTest(operand=operand, type_name=name):
                self._types(operand, scope)
                if name not in TESTABLE_TYPES:
                    self._log.warning(f"Invalid type name: {name}.", node.span)
                return BOOL
            case Conditional(condition=condition, yes=yes, no=no):
                self._expect(condition, BOOL, scope)
                return self._types(yes, scope) | self._types(no, scope)
        return self._composed(node, scope)

    def _composed(self, node: Expression, scope: Scope) -> Types:
        match node:
            case ListLiteral(items=items):
                for item in items:
                    self._types(item, scope)
                return LIST
            case MapLiteral(entries=entries):
                for key, value in entries:
                    self._expect(key, STRING, scope)
                    self._types(value, scope)
                return MAP
            case PathLiteral(segments=segments):
                for segment in segments:
                    if not isinstance(segment, str):
                        self._expect(segment, STRING | PATH, scope)
                return PATH
            case Index(target=target, key=key):
                self._expect(target, MAP | LIST | STRING | PATH, scope)
                self._expect(key, STRING | {"int"}, scope)
                return ANY
            case Slice(target=target, low=low, high=high):
                for bound in (low, high):
                    self._expect(bound, frozenset({"int"}), scope)
                received = self._types(target, scope)
                self._compare(target.span, received, LIST | STRING)
                return received & (LIST | STRING)
        return ANY

    def _name(self, node: Name, scope: Scope) -> Types:
        self._read.add(node.name)
        if scope.variable(node.name) is None:
            self._log.warning(f"Invalid variable name: {node.name}.", node.span)
        return ANY

    def _binary(self, span: Span, operator: str, left: Types, right: Types) -> Types:
        result = binary_result(operator, left, right)
        if not result and left and right:
            names = ", ".join(sorted(left)), ", ".join(sorted(right))
            self._log.warning(f"Invalid operation: [{names[0]}] {operator} [{names[1]}].", span)
        return result

    def _call(self, node: Call, scope: Scope) -> Types:
        received = [self._types(argument, scope) for argument in node.arguments]
        found = scope.function(node.name)
        if found is not None:
            self._called.add(id(found[0]))
            self._count(node, len(found[0].parameters))
            return ANY
        if node.name in ACCESS_FUNCTIONS:
            self._arguments(node, received, (PATH,))
            return _ACCESS_RESULTS[node.name]
        if node.name == "debug":
            self._count(node, 1)
            return received[0] if received else ANY
        if node.name in FUNCTIONS:
            return self._signature(node, received, FUNCTIONS[node.name])
        self._log.warning(f"Invalid function name: {node.name}.", node.name_span)
        return ANY

    def _method(self, node: MethodCall, scope: Scope) -> Types:
        target = node.target
        received = [self._types(argument, scope) for argument in node.arguments]
        if isinstance(target, Name) and scope.variable(target.name) is None and target.name in NAMESPACES:
            candidates = [NAMESPACES[target.name]]
        else:
            candidates = [METHODS[name] for name in self._types(target, scope) if name in METHODS]
        signatures = [methods[node.name] for methods in candidates if node.name in methods]
        if not signatures:
            self._log.warning(f"Invalid function name: {node.name}.", node.name_span)
            return ANY
        self._check_regex(node)
        if len(candidates) == 1:
            return self._signature(node, received, signatures[0])
        results: Types = frozenset()
        return results.union(*(signature.result for signature in signatures))

    def _check_regex(self, node: MethodCall) -> None:
        pattern = node.arguments[0] if node.arguments and node.name in _REGEX_METHODS else None
        if isinstance(pattern, Literal) and isinstance(pattern.value, str):
            try:
                compiled(pattern.value)
            except EvaluationError as error:
                self._log.warning(str(error), pattern.span)

    def _signature(self, node: Call | MethodCall, received: list[Types], signature: Signature) -> Types:
        self._arguments(node, received, signature.parameters)
        return signature.result

    def _arguments(self, node: Call | MethodCall, received: list[Types], expected: tuple[Types, ...]) -> None:
        self._count(node, len(expected))
        for argument, types, parameter in zip(node.arguments, received, expected, strict=False):
            self._compare(argument.span, types, parameter)

    def _count(self, node: Call | MethodCall, expected: int) -> None:
        received = len(node.arguments)
        if received != expected:
            message = f"Invalid argument count of {node.name}. Received {received}. Expected {expected}."
            self._log.warning(message, node.name_span)
