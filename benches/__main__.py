"""Runs benches and prints their tables.

python -m benches                        all of them
python -m benches commit_to_listener     one
"""

import argparse
import importlib
import sys

BENCHES = (
    "commit_to_listener",
    "relay",
    "peers",
    "bookings_throughput",
    "cost",
    "notifications",
    "reconcile",
    "emulator",
    "slots",
    "rules",
    "scale_sim",
)


def main() -> int:
    """Run the benches that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m benches", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="bench", help=f"one of {', '.join(BENCHES)} (default: all)"
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of the events, to see that it runs")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in BENCHES]
    if unknown:
        parser.error(f"no such bench: {', '.join(unknown)}")
    for name in options.names or BENCHES:
        importlib.import_module(f"benches.{name}").run(quick=options.quick)
    return 0


if __name__ == "__main__":
    sys.exit(main())
