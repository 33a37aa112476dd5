"""The conditions of a ruleset: every expression whose being true or false can decide whether something is allowed."""

from collections import ChainMap
from collections.abc import Iterable, Iterator

from emulator.rules.issues import IssueLog
from emulator.rules.parsing.nodes import (
    Call,
    Conditional,
    Expression,
    Function,
    Literal,
    Logical,
    Match,
    Unary,
    children,
)
from emulator.rules.parsing.statements import parse

Visible = ChainMap[str, "tuple[Function, Visible]"]
"""The functions that can be called at a place, each with those that it can call itself."""


class Conditions:
    """Conditions of `allow` statements, and what they are made of: operands, and bodies of the functions they call."""

    def __init__(self, text: str) -> None:
        self.found: list[Expression] = []
        tree = parse(text, IssueLog(text))
        for service in tree.services:
            for match in service.matches:
                self._take_block(match, _declared(service.functions, ChainMap()))
        self.found.sort(key=lambda node: node.span)

    def _take_block(self, match: Match, outer: "Visible") -> None:
        visible = _declared(match.functions, outer)
        for allow in match.allows:
            if allow.condition is not None:
                self._take(allow.condition, visible)
        for inner in match.matches:
            self._take_block(inner, visible)

    def _take(self, node: Expression, visible: "Visible") -> None:
        if node in self.found:
            return
        self.found.append(node)
        match node:
            case Logical(operands=operands):
                for operand in operands:
                    self._take(operand, visible)
            case Unary(operator="!", operand=operand):
                self._take(operand, visible)
            case Conditional(condition=condition, yes=yes, no=no):
                for part in (condition, yes, no):
                    self._take(part, visible)
            case Call(name=name) if name in visible:
                function, seen = visible[name]
                self._take(function.body, seen)


def _declared(functions: Iterable[Function], outer: "Visible") -> "Visible":
    visible: Visible = outer.new_child()
    for function in functions:
        visible[function.name] = (function, visible)
    return visible


def conditions(text: str) -> list[Expression]:
    """The conditions of a source, in its order, but for constants."""
    return [node for node in Conditions(text).found if not isinstance(node, Literal)]


def constants(text: str) -> list[Literal]:
    """The numbers, texts and truths that conditions compute with, in source order."""
    found = {
        node.span: node
        for condition in Conditions(text).found
        for node in (condition, *_inside(condition))
        if isinstance(node, Literal)
    }
    return [found[span] for span in sorted(found)]


def _inside(node: Expression) -> Iterator[Expression]:
    for child in children(node):
        yield child
        yield from _inside(child)
