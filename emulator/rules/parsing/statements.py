"""Statements of a rules source; a broken one becomes an issue and the next is read."""

from emulator.rules.issues import IssueLog
from emulator.rules.parsing.cursor import Cursor, SyntaxFault
from emulator.rules.parsing.expressions import ExpressionParser
from emulator.rules.parsing.nodes import (
    Allow,
    Capture,
    Declaration,
    Function,
    Let,
    Match,
    Service,
    Source,
)
from emulator.rules.parsing.tokens import Kind, tokenize

METHODS = {
    "get": ("get",),
    "list": ("list",),
    "create": ("create",),
    "update": ("update",),
    "delete": ("delete",),
    "read": ("get", "list"),
    "write": ("create", "update", "delete"),
}
_KEYWORDS = frozenset({"service", "match", "allow", "function"})
_PATH_PARTS = frozenset({Kind.SEGMENT, Kind.CAPTURE, Kind.GLOB})
MAX_BLOCK_DEPTH = 50


class StatementParser:
    """Parses the statements at a cursor."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._expressions = ExpressionParser(cursor)
        self._depth = 0

    def source(self) -> Source:
        """The whole file."""
        start = self._cursor.token.span
        version = "1"
        functions: list[Function] = []
        services: list[Service] = []
        while self._cursor.token.kind is not Kind.END:
            try:
                if self._cursor.at("rules_version"):
                    version = self._version()
                elif self._cursor.at("function"):
                    functions.append(self._function())
                elif self._cursor.at("service"):
                    services.append(self._service())
                else:
                    raise self._cursor.fault("Expected 'rules_version', 'function' or 'service'.")
            except SyntaxFault as fault:
                self._report(fault)
                self._cursor.accept("}")
        return Source(start.to(self._cursor.token.span), version, tuple(functions), tuple(services))

    def _report(self, fault: SyntaxFault) -> None:
        self._cursor.log.error(fault.description, fault.span)
        self._expressions = ExpressionParser(self._cursor)
        before = self._cursor.token
        self._cursor.recover(_KEYWORDS)
        if self._cursor.token is before and not self._cursor.at("}"):
            self._cursor.take()

    def _version(self) -> str:
        self._cursor.take()
        self._cursor.expect("=")
        version = self._cursor.expect_kind(Kind.STRING, "'1' or '2'")
        number = version.text[1:-1]
        if number not in ("1", "2"):
            self._cursor.log.error(f"Unknown rules_version '{number}'. Expected '1' or '2'.", version.span)
        self._cursor.accept(";")
        return number

    def _service(self) -> Service:
        self._cursor.take()
        first = self._cursor.expect_kind(Kind.NAME, "the name of a service")
        name, span = first.text, first.span
        while self._cursor.accept("."):
            part = self._cursor.expect_kind(Kind.NAME, "the name of a service")
            name, span = f"{name}.{part.text}", span.to(part.span)
        functions, _, matches = self._block(allows_permitted=False)
        return Service(span, name, functions, matches)

    def _match(self) -> Match:
        start = self._cursor.take().span
        path: list[str | Capture] = []
        span = start
        while self._cursor.token.kind in _PATH_PARTS:
            token = self._cursor.take()
            span = token.span if not path else span.to(token.span)
            is_text = token.kind is Kind.SEGMENT
            path.append(token.text if is_text else Capture(token.span, token.text, token.kind is Kind.GLOB))
        if not path:
            raise self._cursor.fault("Expected a path such as /users/{id} after 'match'.")
        functions, allows, matches = self._block(allows_permitted=True)
        return Match(span, tuple(path), functions, allows, matches)

    def _block(
        self, *, allows_permitted: bool
    ) -> tuple[tuple[Function, ...], tuple[Allow, ...], tuple[Match, ...]]:
        self._cursor.expect("{")
        self._depth += 1
        if self._depth > MAX_BLOCK_DEPTH:
            raise self._cursor.fault("Blocks are nested too deeply.")
        functions: list[Function] = []
        allows: list[Allow] = []
        matches: list[Match] = []
        while not self._cursor.at("}") and self._cursor.token.kind is not Kind.END:
            try:
                if self._cursor.at("function"):
                    functions.append(self._function())
                elif self._cursor.at("match"):
                    matches.append(self._match())
                elif self._cursor.at("allow"):
                    allows.append(self._allow(permitted=allows_permitted))
                elif self._cursor.token.kind in _PATH_PARTS:
                    raise SyntaxFault("Missing 'match' keyword before path.", self._cursor.token.span)
                else:
                    raise self._cursor.fault("Expected 'match', 'allow' or 'function'.")
            except SyntaxFault as fault:
                self._report(fault)
        self._depth -= 1
        self._cursor.expect("}")
        return tuple(functions), tuple(allows), tuple(matches)

    def _allow(self, *, permitted: bool) -> Allow:
        start = self._cursor.take().span
        if not permitted:
            self._cursor.log.error("An 'allow' statement must be inside a 'match' block.", start)
        methods = [*self._method()]
        while self._cursor.accept(","):
            methods += self._method()
        condition = None
        if self._cursor.accept(":"):
            self._cursor.expect("if")
            condition = self._expressions.expression()
        if not self._cursor.accept(";") and not self._cursor.at("}", *_KEYWORDS):
            raise self._cursor.fault("Expected ';'." if condition else "Expected ':' or ';'.")
        return Allow(start, tuple(dict.fromkeys(methods)), condition)

    def _method(self) -> tuple[str, ...]:
        name = self._cursor.expect_kind(Kind.NAME, "a method such as 'read'")
        if name.text not in METHODS:
            known = ", ".join(METHODS)
            self._cursor.log.error(f"Invalid method '{name.text}'. Expected one of [{known}].", name.span)
        return METHODS.get(name.text, ())

    def _function(self) -> Function:
        self._cursor.take()
        name = self._cursor.expect_kind(Kind.NAME, "the name of a function")
        self._cursor.expect("(")
        parameters: list[Declaration] = []
        while not self._cursor.at(")"):
            parameter = self._cursor.expect_kind(Kind.NAME, "the name of a parameter")
            parameters.append(Declaration(parameter.span, parameter.text))
            if not self._cursor.accept(","):
                break
        self._cursor.expect(")")
        self._cursor.expect("{")
        lets: list[Let] = []
        while self._cursor.at("let"):
            lets.append(self._let())
        self._cursor.expect("return")
        body = self._expressions.expression()
        self._cursor.accept(";")
        self._cursor.expect("}")
        return Function(name.span, name.text, tuple(parameters), tuple(lets), body)

    def _let(self) -> Let:
        self._cursor.take()
        name = self._cursor.expect_kind(Kind.NAME, "the name of a variable")
        self._cursor.expect("=")
        value = self._expressions.expression()
        self._cursor.accept(";")
        return Let(name.span, name.text, value)


def parse(source: str, log: IssueLog) -> Source:
    """The syntax tree of a source; what is broken is logged and left out."""
    return StatementParser(Cursor(tokenize(source, log), log)).source()
