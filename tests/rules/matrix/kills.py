"""Which wrong rules the matrix notices."""

from collections import defaultdict
from collections.abc import Sequence

from emulator.rules.issues import Span
from emulator.rules.ruleset import compile_rules
from tests.rules.matrix.engine import judge
from tests.rules.matrix.mutants import Mutant
from tests.rules.matrix.table import Case


def surviving(mutants: Sequence[Mutant], text: str, cases: Sequence[Case]) -> list[Mutant]:
    """The mutants of a source under which every case keeps its declared verdict."""
    by_root = _cases_by_root(text, cases)
    return [mutant for mutant in mutants if not _is_noticed(mutant, _concerned(mutant, by_root))]


def _is_noticed(mutant: Mutant, cases: Sequence[Case]) -> bool:
    ruleset = compile_rules(mutant.source)
    return any(judge(ruleset, case)[0].allowed != case.allowed for case in cases)


def _cases_by_root(text: str, cases: Sequence[Case]) -> dict[Span, list[Case]]:
    """Cases by the conditions and function bodies that they evaluate: no others can tell a change inside of one."""
    ruleset = compile_rules(text)
    found: defaultdict[Span, list[Case]] = defaultdict(list)
    for case in cases:
        ruleset.coverage.clear()
        judge(ruleset, case)
        for root in ruleset.coverage.roots:
            if ruleset.coverage.values(root):
                found[root.span].append(case)
    return found


def _concerned(mutant: Mutant, by_root: dict[Span, list[Case]]) -> list[Case]:
    return [case for root, cases in by_root.items() if _holds(root, mutant.span) for case in cases]


def _holds(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end
