"""Source text as tokens; paths such as `/users/$(uid)` are told from divisions here."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from emulator.rules.issues import IssueLog, Span
from emulator.rules.parsing.literals import read_bytes, read_number, read_string


class Kind(Enum):
    """What a token is; a path is a run of SEGMENT, CAPTURE and INTERPOLATION tokens."""

    NAME = auto()
    STRING = auto()
    BYTES = auto()
    INT = auto()
    FLOAT = auto()
    SYMBOL = auto()
    SEGMENT = auto()
    """`/text` of a path."""
    CAPTURE = auto()
    """`/{name}` of a match path."""
    GLOB = auto()
    """`/{name=**}` of a match path."""
    INTERPOLATION = auto()
    """`/$(`, which opens an expression that a SYMBOL `)` closes."""
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A token with its text (of a path token: the name or text inside) and, for literals, its value."""

    kind: Kind
    text: str
    span: Span
    value: str | bytes | int | float | None = None


_BLANK = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
_NUMBER = re.compile(
    r"0[xX][0-9a-fA-F]+|\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\d+|\.\d+(?:[eE][+-]?\d+)?"
)
_TEXT = re.compile(r"""(b?)('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")""", re.DOTALL)
_SYMBOL = re.compile(r"&&|\|\||==|!=|<=|>=|[-+*/%<>!?:;,.(){}\[\]=$]")
_CAPTURE = re.compile(r"/\s*\{\s*([A-Za-z_][A-Za-z_0-9]*)\s*(=\s*\*\*)?\s*\}")
_INTERPOLATION = re.compile(r"\s*/\s*\$\(")
_MATCH_SEGMENT = re.compile(r"/([\w.~%@+:-]+|\(default\))")
_SEGMENT = re.compile(r"\s*/\s*([\w~%@-]+(?:\.[\w~%@-]++(?!\s*\())*|\(default\))")
_BEFORE_PATH = frozenset({"match", "return", "in", "is", "if"})
"""Names after which a slash begins a path."""


class Lexer:
    """Reads one source; what it cannot read becomes an issue and is skipped."""

    def __init__(self, source: str, log: IssueLog) -> None:
        self._source = source
        self._log = log
        self._position = 0
        self._tokens: list[Token] = []
        self._parens: list[bool] = []  # for each open "(": whether it belongs to a path
        self._braces: list[bool] = []  # for each open "{": whether it belongs to a map
        self._map_closed = False  # whether the last token closes a map
        self._in_match_path = False

    def tokens(self) -> list[Token]:
        """All tokens, the last one of kind END."""
        while True:
            blank = _BLANK.match(self._source, self._position)
            if blank:
                self._position = blank.end()
            if self._position >= len(self._source):
                return [*self._tokens, Token(Kind.END, "end of file", self._span(self._position))]
            self._next()

    def _next(self) -> None:
        if self._source[self._position] == "/" and self._path_may_begin():
            self._in_match_path = bool(self._tokens) and self._tokens[-1].text == "match"
            if self._path():
                return
        if self._source.startswith("/*", self._position):
            self._log.error("Unterminated comment.", self._span(self._position))
            self._position = len(self._source)
        elif not (self._text() or self._number() or self._name() or self._symbol()):
            self._log.error(f"Unexpected '{self._source[self._position]}'.", self._span(self._position))
            self._position += 1

    def _path_may_begin(self) -> bool:
        if not self._tokens:
            return True
        last = self._tokens[-1]
        if last.kind is Kind.NAME:
            is_field = len(self._tokens) > 1 and self._tokens[-2].text == "."
            return last.text in _BEFORE_PATH and not is_field
        opens = last.kind is Kind.SYMBOL and last.text not in (")", "]") and not self._map_closed
        return opens or last.kind is Kind.INTERPOLATION

    def _path(self) -> bool:
        """The path tokens from here to its end or its next interpolation; False if there is none."""
        began = False
        while self._path_part():
            began = True
            if self._tokens[-1].kind is Kind.INTERPOLATION:
                self._parens.append(True)
                break
        return began

    def _path_part(self) -> bool:
        capture = _CAPTURE.match(self._source, self._position) if self._in_match_path else None
        if capture:
            self._add(Kind.GLOB if capture[2] else Kind.CAPTURE, capture[1], capture.end())
            return True
        opening = _INTERPOLATION.match(self._source, self._position)
        if opening:
            self._add(Kind.INTERPOLATION, "$(", opening.end())
            return True
        pattern = _MATCH_SEGMENT if self._in_match_path else _SEGMENT
        segment = pattern.match(self._source, self._position)
        if segment is None:
            return False
        self._add(Kind.SEGMENT, segment[1], segment.end())
        return True

    def _text(self) -> bool:
        match = _TEXT.match(self._source, self._position)
        if match is None:
            if self._source[self._position] in "'\"":
                self._log.error("Unterminated string.", self._span(self._position))
                end = self._source.find("\n", self._position)
                self._add(Kind.STRING, "", len(self._source) if end < 0 else end, "")
                return True
            return False
        read, kind = (read_bytes, Kind.BYTES) if match[1] else (read_string, Kind.STRING)
        self._literal(kind, match[0], read(match[2][1:-1]), "Invalid escape in a literal.")
        return True

    def _number(self) -> bool:
        match = _NUMBER.match(self._source, self._position)
        if match is None:
            return False
        value = read_number(match[0])
        kind = Kind.FLOAT if isinstance(value, float) else Kind.INT
        self._literal(kind, match[0], value, "Integer out of range.")
        return True

    def _literal(self, kind: Kind, text: str, value: str | bytes | int | float | None, problem: str) -> None:
        if value is None:
            self._log.error(problem, self._span(self._position))
            value = "" if kind is Kind.STRING else b"" if kind is Kind.BYTES else 0
        self._add(kind, text, self._position + len(text), value)

    def _name(self) -> bool:
        match = _NAME.match(self._source, self._position)
        if match:
            self._add(Kind.NAME, match[0], match.end())
        return match is not None

    def _symbol(self) -> bool:
        match = _SYMBOL.match(self._source, self._position)
        if match is None:
            return False
        begins_operand = self._path_may_begin()
        self._add(Kind.SYMBOL, match[0], match.end())
        if match[0] == "{":
            self._braces.append(begins_operand)
        elif match[0] == "}":
            self._map_closed = bool(self._braces) and self._braces.pop()
        elif match[0] == "(":
            self._parens.append(False)
        elif match[0] == ")" and self._parens and self._parens.pop():
            self._path()
        return True

    def _add(self, kind: Kind, text: str, end: int, value: str | bytes | int | float | None = None) -> None:
        self._tokens.append(Token(kind, text, Span(self._position, end), value))
        self._map_closed = False
        self._position = end

    def _span(self, start: int) -> Span:
        return Span(start, min(start + 1, len(self._source)))


def tokenize(source: str, log: IssueLog) -> list[Token]:
    """The tokens of a source, the last one of kind END; unreadable characters are logged and skipped."""
    return Lexer(source, log).tokens()
