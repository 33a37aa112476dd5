"""Expressions of the rules language, by precedence climbing.

Precedence as in https://firebase.google.com/docs/rules/rules-language#building_conditions.
"""

from collections.abc import Callable
from typing import TypeVar

from emulator.rules.issues import Span
from emulator.rules.parsing.cursor import Cursor
from emulator.rules.parsing.literals import MAX_INT
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
from emulator.rules.parsing.tokens import Kind

MAX_NESTING = 100
_Item = TypeVar("_Item")
_PRECEDENCE = {
    "||": 1, "&&": 2, "==": 3, "!=": 3, "in": 4, "is": 4,
    "<": 5, "<=": 5, ">": 5, ">=": 5, "+": 6, "-": 6, "*": 7, "/": 7, "%": 7,
}  # fmt: skip
_CONSTANTS = {"true": True, "false": False, "null": None}
_LITERALS = frozenset({Kind.STRING, Kind.BYTES, Kind.INT, Kind.FLOAT})
_PATH_PARTS = frozenset({Kind.SEGMENT, Kind.INTERPOLATION})


class ExpressionParser:
    """Parses the expressions at a cursor; every method raises SyntaxFault where the grammar is broken."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._nesting = 0

    def expression(self) -> Expression:
        """A whole expression."""
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise self._cursor.fault("The expression is nested too deeply.")
        condition = self._operators(1)
        if self._cursor.accept("?"):
            yes = self.expression()
            self._cursor.expect(":")
            no = self.expression()
            condition = Conditional(condition.span.to(no.span), condition, yes, no)
        self._nesting -= 1
        return condition

    def _operators(self, least: int) -> Expression:
        left = self._unary()
        while True:
            operator = self._cursor.token.text
            precedence = _PRECEDENCE.get(operator, 0) if self._cursor.at(operator) else 0
            if precedence < least or precedence == 0:
                return left
            self._cursor.take()
            left = self._combine(operator, left, precedence)

    def _combine(self, operator: str, left: Expression, precedence: int) -> Expression:
        if operator == "is":
            name = self._cursor.expect_kind(Kind.NAME, "the name of a type")
            return TypeTest(Span(left.span.start, name.span.end), left, name.text)
        right = self._operators(precedence + 1)
        span = left.span.to(right.span)
        if operator not in ("&&", "||"):
            return Binary(span, operator, left, right)
        if isinstance(left, Logical) and left.operator == operator:
            return Logical(span, operator, (*left.operands, right))
        return Logical(span, operator, (left, right))

    def _unary(self) -> Expression:
        operators = []
        while self._cursor.at("!", "-"):
            operators.append(self._cursor.take())
        operand = self._operand(negative=bool(operators) and operators[-1].text == "-")
        for operator in reversed(operators):
            span = Span(operator.span.start, operand.span.end)
            is_number = isinstance(operand, Literal) and type(operand.value) in (int, float)
            if operator.text == "-" and is_number:
                operand = Literal(span, -operand.value)  # type: ignore[union-attr,operator]
            else:
                operand = Unary(span, operator.text, operand)
        return operand

    def _operand(self, *, negative: bool) -> Expression:
        literal = self._cursor.token
        if literal.kind is Kind.INT and isinstance(literal.value, int):
            self._cursor.take()
            if literal.value > MAX_INT and not negative:
                self._cursor.log.error("Integer out of range.", literal.span)
            return self._postfix(Literal(literal.span, literal.value))
        return self._postfix(self._primary())

    def _postfix(self, target: Expression) -> Expression:
        while True:
            if self._cursor.accept("."):
                target = self._member(target)
            elif self._cursor.accept("["):
                target = self._subscript(target)
            else:
                return target

    def _member(self, target: Expression) -> Expression:
        name = self._cursor.expect_kind(Kind.NAME, "the name of a field or method")
        if not self._cursor.accept("("):
            return Member(target.span.to(name.span), target, name.text)
        arguments, end = self._list_until(")", self.expression)
        return MethodCall(Span(target.span.start, end), target, name.text, name.span, arguments)

    def _subscript(self, target: Expression) -> Expression:
        key = self.expression()
        high = self.expression() if self._cursor.accept(":") else None
        span = Span(target.span.start, self._cursor.expect("]").span.end)
        return Index(span, target, key) if high is None else Slice(span, target, key, high)

    def _primary(self) -> Expression:
        token = self._cursor.token
        if token.kind in _LITERALS:
            self._cursor.take()
            return Literal(token.span, token.value)
        if token.kind in _PATH_PARTS:
            return self._path()
        if token.kind is Kind.NAME:
            return self._name()
        if self._cursor.accept("("):
            inner = self.expression()
            self._cursor.expect(")")
            return inner
        if self._cursor.accept("["):
            items, end = self._list_until("]", self.expression)
            return ListLiteral(Span(token.span.start, end), items)
        if self._cursor.accept("{"):
            entries, end = self._list_until("}", self._entry)
            return MapLiteral(Span(token.span.start, end), entries)
        raise self._cursor.fault("Expected an expression.")

    def _name(self) -> Expression:
        token = self._cursor.take()
        if token.text in _CONSTANTS:
            return Literal(token.span, _CONSTANTS[token.text])
        if not self._cursor.accept("("):
            return Name(token.span, token.text)
        arguments, end = self._list_until(")", self.expression)
        return Call(Span(token.span.start, end), token.text, token.span, arguments)

    def _path(self) -> Expression:
        start = self._cursor.token.span
        end = start
        segments: list[str | Expression] = []
        while self._cursor.token.kind in _PATH_PARTS:
            token = self._cursor.take()
            end = token.span
            if token.kind is Kind.SEGMENT:
                segments.append(token.text)
            else:
                segments.append(self.expression())
                end = self._cursor.expect(")").span
        return PathLiteral(start.to(end), tuple(segments))

    def _entry(self) -> tuple[Expression, Expression]:
        key = self.expression()
        self._cursor.expect(":")
        return key, self.expression()

    def _list_until(self, closing: str, item: Callable[[], _Item]) -> tuple[tuple[_Item, ...], int]:
        items: list[_Item] = []
        while not self._cursor.at(closing):
            items.append(item())
            if not self._cursor.accept(","):
                break
        return tuple(items), self._cursor.expect(closing).span.end
