"""Compiled match blocks, and the verdict on a request."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from emulator.rules.access import Documents, LimitExceeded
from emulator.rules.evaluation.context import Context, Evaluate
from emulator.rules.evaluation.expressions import ExpressionCompiler
from emulator.rules.evaluation.matching import Matcher, Pattern
from emulator.rules.issues import Lines
from emulator.rules.parsing.nodes import Capture, Expression, Match, Source
from emulator.rules.requests import Refusal, Request, Segments, Unfixed, Verdict
from emulator.rules.scopes import Scope, file_scope, match_scope, service_scope
from emulator.rules.values.operators import truth
from emulator.rules.values.types import EvaluationError, Value


@dataclass(frozen=True, slots=True)
class CompiledAllow:
    """A condition (None: always) with the line of its statement."""

    line: int
    condition: Evaluate | None


@dataclass(slots=True)
class CompiledMatch:
    """A match block: statements by method, and the blocks inside by the segment they begin with."""

    pattern: Pattern
    allows: dict[str, list[CompiledAllow]]
    matches: list["CompiledMatch"]
    _beginning_with: dict[object, list["CompiledMatch"]] = field(init=False)
    _beginning_open: list["CompiledMatch"] = field(init=False)

    def __post_init__(self) -> None:
        firsts = [match.pattern[0] for match in self.matches]
        texts = {first for first in firsts if isinstance(first, str)}
        self._beginning_open = self._that_may_begin(None)
        self._beginning_with = {text: self._that_may_begin(text) for text in texts}

    def _that_may_begin(self, text: str | None) -> list["CompiledMatch"]:
        return [
            match
            for match in self.matches
            if match.pattern[0] == text or isinstance(match.pattern[0], Capture)
        ]

    def inside(self, segment: str | Unfixed | None) -> list["CompiledMatch"]:
        """The blocks inside that can match from this segment on, in source order."""
        return self._beginning_with.get(segment, self._beginning_open)


Trace = list[tuple[Expression, Value]]
"""Expressions in the order of their evaluation, each with its value or its error."""


class CompiledRules:
    """The rules of one source."""

    def __init__(self, source: Source, lines: Lines) -> None:
        self._lines = lines
        self._expressions = ExpressionCompiler()
        self._least = 1 if source.version == "1" else 0
        scope = file_scope(source.functions)
        matches = [
            self._match(match, service_scope(scope, service.functions))
            for service in source.services
            for match in service.matches
        ]
        self._root = CompiledMatch((), {}, matches)

    def _match(self, match: Match, outer: Scope) -> CompiledMatch:
        scope = match_scope(outer, match)
        allows: dict[str, list[CompiledAllow]] = defaultdict(list)
        for allow in match.allows:
            line, _ = self._lines.locate(allow.span.start)
            written = allow.condition
            condition = None if written is None else self._expressions.compile_root(written, scope)
            for method in allow.methods:
                allows[method].append(CompiledAllow(line, condition))
        return CompiledMatch(match.path, allows, [self._match(inner, scope) for inner in match.matches])

    def evaluate(self, request: Request, documents: Documents) -> tuple[Verdict, Trace]:
        """The verdict on one operation, and all that was evaluated for it."""
        documents.begin_operation()
        context = Context(request, documents)
        refusals: list[Refusal] = []
        line = 0
        try:
            for allow, captures in self._applicable(request):
                line = allow.line
                context.captures = captures
                refusal = self._refusal(allow, request, context)
                if refusal is None:
                    return Verdict(True, debug=tuple(context.debug)), context.trace
                refusals.append(refusal)
        except (LimitExceeded, RecursionError) as error:
            message = str(error) if isinstance(error, LimitExceeded) else "The rules are nested too deeply."
            refusals.append(Refusal(request.method, line, message))
        return Verdict(False, tuple(refusals), tuple(context.debug)), context.trace

    def _refusal(self, allow: CompiledAllow, request: Request, context: Context) -> Refusal | None:
        """Why a statement does not allow a request, None if it does."""
        try:
            if allow.condition is None or truth(allow.condition(context)):
                return None
        except EvaluationError as error:
            return Refusal(request.method, allow.line, str(error))
        return Refusal(request.method, allow.line)

    def _applicable(self, request: Request) -> Iterator[tuple[CompiledAllow, list[Value]]]:
        segments = request.segments
        for block, captures in _covering(self._root, Matcher(segments, self._least), segments, 0, []):
            for allow in block.allows.get(request.method, ()):
                yield allow, captures


def _covering(
    match: CompiledMatch, matcher: Matcher, segments: Segments, start: int, captures: list[Value]
) -> Iterator[tuple[CompiledMatch, list[Value]]]:
    """The blocks whose whole path matches, with what it captures."""
    for end, captured in matcher.bind(match.pattern, start):
        all_captures = captures + captured
        at_end = end == len(segments)
        if at_end:
            yield match, all_captures
        for inner in match.inside(None if at_end else segments[end]):
            yield from _covering(inner, matcher, segments, end, all_captures)
