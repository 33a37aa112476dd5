"""Figures of a run: percentiles, a table for people, one JSON line for machines."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from rich.console import Console
from rich.table import Table

PERCENTILES = ("p50", "p95", "p99")


@dataclass(frozen=True)
class Latency:
    """Percentiles of a sample, in milliseconds."""

    count: int
    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, milliseconds: Sequence[float]) -> "Latency":
        """The percentiles of at least two values."""
        cuts = quantiles(milliseconds, n=100, method="inclusive")
        return cls(len(milliseconds), cuts[49], cuts[94], cuts[98])

    @classmethod
    def median_of(cls, runs: Sequence["Latency"]) -> "Latency":
        """Each percentile's median over several runs."""
        return cls(
            sum(run.count for run in runs), *(median(getattr(r, p) for r in runs) for p in PERCENTILES)
        )


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "commit": commit.stdout.strip() or None,
    }


def print_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str] = ()
) -> None:
    """One table; the first column is text, the others are figures."""
    console = Console(width=max(120, Console().width))
    table = Table(title=title, title_justify="left", title_style="bold")
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index == 0 else "right")
    for row in rows:
        table.add_row(*row)
    console.print(table)
    for note in notes:
        console.print(note, style="dim")


def print_json(bench: str, figures: Mapping[str, Any]) -> None:
    """The same figures as one line."""
    print(json.dumps({"bench": bench, **machine(), **figures}))
