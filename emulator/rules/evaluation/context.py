"""The state of one evaluation."""

from collections.abc import Callable
from dataclasses import dataclass

from emulator.rules.access import Documents
from emulator.rules.parsing.nodes import Expression
from emulator.rules.requests import Request
from emulator.rules.values.types import EvaluationError, Value

MAX_EXPRESSIONS = 1000
MAX_CALL_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Failure:
    """In the place of a value: using it raises the error that computing it met."""

    error: EvaluationError


class Context:
    """What the closures of a rule read and write while they evaluate one request."""

    __slots__ = (
        "captures", "database", "debug", "depth", "documents", "frame", "request", "resource", "steps", "trace",
    )  # fmt: skip

    def __init__(self, request: Request, documents: Documents) -> None:
        self.request: Value = request.variable()
        self.resource = request.resource
        self.database = request.database
        self.documents = documents
        self.captures: list[Value] = []
        self.frame: list[Value] = []
        self.depth = 0
        self.steps = 0
        self.trace: list[tuple[Expression, Value]] = []
        self.debug: list[str] = []


Evaluate = Callable[[Context], Value]
"""A compiled expression; raises EvaluationError where it has no value, LimitExceeded to end the evaluation."""
