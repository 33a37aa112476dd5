"""What can keep the seed from finishing, as errors whose text tells a person what to do.

SeedError
├── SuiteNotRunning   nobody answers where a part of the suite should
└── StepRefused       a command was refused that nothing stands in the way of, or an account could not be made
"""


class SeedError(Exception):
    """Anything expected that stops the seed; its text is shown without a traceback."""


class SuiteNotRunning(SeedError):
    """A part of the local suite does not answer."""

    def __init__(self, part: str, address: str) -> None:
        super().__init__(
            f"{part} does not answer at {address}. Is the suite running? Start it with: make dev"
        )


class StepRefused(SeedError):
    """The suite answered, but not as it should."""
