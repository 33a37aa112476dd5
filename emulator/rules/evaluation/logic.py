"""Logical operators: an error is absorbed where another operand decides the outcome."""

from collections.abc import Sequence

from emulator.rules.evaluation.context import Context, Evaluate
from emulator.rules.values.operators import truth
from emulator.rules.values.types import EvaluationError, Value


def conjunction(operands: Sequence[Evaluate]) -> Evaluate:
    """`a && b && …`: false if any operand is, else the first error, else true."""
    return _decided_by(operands, decisive=False)


def disjunction(operands: Sequence[Evaluate]) -> Evaluate:
    """`a || b || …`: true if any operand is, else the first error, else false."""
    return _decided_by(operands, decisive=True)


def _decided_by(operands: Sequence[Evaluate], *, decisive: bool) -> Evaluate:
    def evaluate(context: Context) -> bool:
        failure: EvaluationError | None = None
        for operand in operands:
            try:
                if truth(operand(context)) is decisive:
                    return decisive
            except EvaluationError as error:
                failure = failure or error
        if failure is not None:
            raise failure
        return not decisive

    return evaluate


def conditional(condition: Evaluate, yes: Evaluate, no: Evaluate) -> Evaluate:
    """`condition ? yes : no`, of which only one side is evaluated."""

    def evaluate(context: Context) -> Value:
        return yes(context) if truth(condition(context)) else no(context)

    return evaluate
