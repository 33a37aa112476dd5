"""Files and functions stay small: caps for each, and medians so that they do not all crowd below their cap."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from tests.architecture.source import FUNCTIONS, Function, Module, functions_of, modules_in, planted

LONGEST_FUNCTION = 60
MAIN_LINES = 60


@dataclass(frozen=True)
class Sizes:
    """How many lines the files of a folder may have."""

    folder: str
    longest: int
    median: int | None = None


FILES = (
    Sizes("functions/courtside", longest=350, median=100),
    Sizes("emulator", longest=450, median=150),
    Sizes("tests", longest=600),
)
FOLDERS = ("functions", "emulator", "local", "seed", "benches", "tests")


def too_long(modules: Sequence[Module], longest: int) -> list[str]:
    return [f"{module}: {module.line_count} lines" for module in modules if module.line_count > longest]


def too_long_functions(functions: Sequence[Function]) -> list[str]:
    return [f"{f}: {f.line_count} lines" for f in functions if f.line_count > LONGEST_FUNCTION]


def quantile(sizes: Sequence[int], share: float) -> int:
    """The size that this share of them does not exceed."""
    return sorted(sizes)[min(len(sizes) - 1, int(share * len(sizes)))]


@pytest.mark.parametrize("sizes", FILES, ids=lambda sizes: str(sizes.folder))
def test_files_stay_below_their_cap(sizes: Sizes) -> None:
    modules = modules_in(sizes.folder)

    assert too_long(modules, sizes.longest) == []
    if sizes.median is not None:
        assert quantile([module.line_count for module in modules], 0.5) <= sizes.median


def test_nine_deployed_files_in_ten_stay_below_250_lines() -> None:
    assert quantile([module.line_count for module in modules_in("functions/courtside")], 0.9) <= 250


@pytest.mark.parametrize("folder", FOLDERS)
def test_functions_stay_small(folder: str) -> None:
    functions = [function for module in modules_in(folder) for function in functions_of(module)]
    sizes = [function.line_count for function in functions]

    assert too_long_functions(functions) == []
    assert quantile(sizes, 0.5) <= 15
    assert quantile(sizes, 0.9) <= 35


def test_table_of_contents_fits_a_screen() -> None:
    assert Module.read(FUNCTIONS / "main.py", FUNCTIONS).line_count <= MAIN_LINES


def test_what_is_too_long_would_be_caught() -> None:
    body = "".join(f"    x{n} = {n}\n" for n in range(60))
    module = planted("courtside.long", f"def long() -> None:\n{body}" + "\n" * 300)

    assert too_long([module], 350) == ["courtside.long: 361 lines"]
    assert too_long_functions(list(functions_of(module))) == ["courtside.long:long: 61 lines"]
