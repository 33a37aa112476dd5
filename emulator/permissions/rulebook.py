"""Which security rules apply to which project, at this moment."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.rules.ruleset import Ruleset

Observer = Callable[[str | None], None]
"""Is told of a project whose rules changed; None stands for the default of all projects."""


class BadRulesFile(Exception):
    """A file of rules cannot be read or holds errors; the message gives line and column of each."""


class Rulebook:
    """The default rules of all projects and those that projects were given of their own; no rules allow everything."""

    def __init__(self, default: "Ruleset | None" = None) -> None:
        self._default = default
        self._of_projects: dict[str, Ruleset] = {}
        self.observers: list[Observer] = []

    def find(self, project: str) -> "Ruleset | None":
        """The rules that a project is held to, None if there are none."""
        return self._of_projects.get(project, self._default)

    def replace_default(self, ruleset: "Ruleset") -> None:
        """Hold all projects without rules of their own to these."""
        self._default = ruleset
        self._tell(None)

    def replace(self, project: str, ruleset: "Ruleset") -> None:
        """Hold a project to rules of its own."""
        self._of_projects[project] = ruleset
        self._tell(project)

    def _tell(self, project: str | None) -> None:
        for observe in self.observers:
            observe(project)
