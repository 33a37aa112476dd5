"""A position in the tokens, with the expectations that a parser has of them."""

from emulator.rules.issues import IssueLog, Span
from emulator.rules.parsing.tokens import Kind, Token


class SyntaxFault(Exception):
    """The tokens do not continue as the grammar says."""

    def __init__(self, description: str, span: Span) -> None:
        super().__init__(description)
        self.description = description
        self.span = span


class Cursor:
    """Reads tokens one after the other."""

    def __init__(self, tokens: list[Token], log: IssueLog) -> None:
        self._tokens = tokens
        self._index = 0
        self.log = log

    @property
    def token(self) -> Token:
        """The next token."""
        return self._tokens[self._index]

    def take(self) -> Token:
        """The next token, consumed (the end stays)."""
        token = self._tokens[self._index]
        if token.kind is not Kind.END:
            self._index += 1
        return token

    def at(self, *texts: str) -> bool:
        """Whether the next token is one of these symbols or names."""
        token = self.token
        return token.text in texts and token.kind in (Kind.SYMBOL, Kind.NAME)

    def accept(self, text: str) -> Token | None:
        """The next token, consumed, if it is this symbol or name."""
        return self.take() if self.at(text) else None

    def expect(self, text: str) -> Token:
        """This symbol or name, consumed; SyntaxFault for anything else."""
        if not self.at(text):
            raise self.fault(f"Expected '{text}'.")
        return self.take()

    def expect_kind(self, kind: Kind, what: str) -> Token:
        """A token of this kind, consumed; SyntaxFault for anything else."""
        if self.token.kind is not kind:
            raise self.fault(f"Expected {what}.")
        return self.take()

    def fault(self, expectation: str) -> SyntaxFault:
        """What to raise where the next token is not what the grammar expects."""
        token = self.token
        found = "end of file" if token.kind is Kind.END else f"'{token.text}'"
        return SyntaxFault(f"Unexpected {found}. {expectation}", token.span)

    def recover(self, keywords: frozenset[str]) -> None:
        """Skip the rest of a broken statement: to behind its `;` or block, before a keyword or a closing `}`."""
        depth = 0
        while self.token.kind is not Kind.END:
            if depth == 0 and (self.at("}") or (self.at(*keywords) and self._starts_line())):
                return
            token = self.take()
            depth += (token.text == "{") - (token.text == "}") if token.kind is Kind.SYMBOL else 0
            if depth == 0 and token.text in (";", "}"):
                return

    def _starts_line(self) -> bool:
        if self._index == 0:
            return True
        locate = self.log.lines.locate
        return locate(self.token.span.start)[0] > locate(self._tokens[self._index - 1].span.start)[0]
