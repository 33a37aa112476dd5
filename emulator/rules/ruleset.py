"""Rulesets: compiled once from their source, asked for every operation."""

from collections.abc import Iterable

from emulator.rules.access import Documents
from emulator.rules.checking.expressions import check_expressions
from emulator.rules.checking.structure import check_structure
from emulator.rules.coverage import Coverage
from emulator.rules.evaluation.rules import CompiledRules
from emulator.rules.issues import Issue, IssueLog, RulesRefused, Span
from emulator.rules.parsing.nodes import Source
from emulator.rules.parsing.statements import parse
from emulator.rules.requests import Request, Verdict


class Ruleset:
    """Rules that clients are held to; `compile_rules` makes them."""

    def __init__(self, text: str, tree: Source, rules: CompiledRules, issues: list[Issue]) -> None:
        self.text = text
        self.issues = issues
        """Warnings, in source order."""
        self.coverage = Coverage(text, tree)
        """What the requests so far have evaluated."""
        self._rules = rules

    def evaluate(self, request: Request, documents: Documents | None = None) -> Verdict:
        """The verdict on one operation; operations of one request share `documents`."""
        verdict, trace = self._rules.evaluate(request, documents or Documents())
        self.coverage.add(trace)
        return verdict

    def evaluate_query(self, alternatives: Iterable[Request], documents: Documents | None = None) -> Verdict:
        """The verdict on a query: allowed only if every alternative of `emulator.rules.queries` is."""
        shared = documents or Documents()
        debug: list[str] = []
        for request in alternatives:
            verdict = self.evaluate(request, shared)
            debug += verdict.debug
            if not verdict.allowed:
                return Verdict(False, verdict.refusals, tuple(debug))
        return Verdict(True, debug=tuple(debug))


def compile_rules(text: str) -> Ruleset:
    """The ruleset of a source; RulesRefused with all its issues if some are errors."""
    log = IssueLog(text)
    try:
        tree = parse(text, log)
        check_structure(tree, text, log)
        if not log.has_errors:
            check_expressions(tree, log)
            return Ruleset(text, tree, CompiledRules(tree, log.lines), log.issues)
    except RecursionError:
        log.error("The rules are nested too deeply.", Span(0, 0))
    raise RulesRefused(log.issues)
