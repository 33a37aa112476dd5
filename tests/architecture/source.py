"""The repository's Python source as syntax trees: what each module imports, defines and calls."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
FUNCTIONS = ROOT / "functions"


@dataclass(frozen=True)
class Module:
    """One module: its dotted name, where it stands, and its text."""

    name: str
    path: Path
    text: str

    @classmethod
    def read(cls, path: Path, root: Path) -> "Module":
        """The module at a path; its name is as imported with `root` on the path."""
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        return cls(name, path, path.read_text(encoding="utf-8"))

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text)

    @property
    def line_count(self) -> int:
        """Lines of the file."""
        return len(self.text.splitlines())

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT)) if self.path.is_relative_to(ROOT) else self.name


@dataclass(frozen=True)
class Function:
    """A function or method of a module, and how many lines it takes without its decorators."""

    name: str
    module: Module
    line_count: int

    def __str__(self) -> str:
        return f"{self.module}:{self.name}"


def modules_in(folder: str, root: Path = ROOT) -> list[Module]:
    """Every module under a folder of the repository, in order; `root` is what its imports are relative to."""
    # Packages from npm bring Python of their own.
    own = (path for path in (ROOT / folder).rglob("*.py") if "node_modules" not in path.parts)
    return [Module.read(path, root) for path in sorted(own)]


def courtside_modules() -> list[Module]:
    """All of what is deployed but `main.py`."""
    return modules_in("functions/courtside", FUNCTIONS)


def imports_of(module: Module) -> set[str]:
    """Dotted names that a module imports anywhere in it; of `from a import b` both `a` and `a.b`."""
    found: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise ValueError(f"{module}: relative imports hide where a name comes from")
            found.add(node.module or "")
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def functions_of(module: Module) -> Iterator[Function]:
    """Every function and method, nested ones included."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Function(node.name, module, (node.end_lineno or node.lineno) - node.lineno + 1)


def calls_of(module: Module) -> set[str]:
    """The last name of everything that a module calls: `commit` of `connection.commit()`."""
    called: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                called.add(node.func.attr)
            elif isinstance(node.func, ast.Name):
                called.add(node.func.id)
    return called


def planted(name: str, text: str) -> Module:
    """A module that does not exist, to show that a rule would catch it."""
    return Module(name, Path(f"/planted/{name.replace('.', '/')}.py"), text)
