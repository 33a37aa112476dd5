"""Fixtures of every tier: real Postgres and the real emulator, started once; worlds that tests act in."""

import os

from hypothesis import settings

pytest_plugins = ["tests.fix_servers", "tests.fix_world"]

# A change is judged by the same examples each time; new ones are looked for on purpose, by `make explore`.
settings.register_profile("repeatable", derandomize=True)
settings.register_profile("exploring", derandomize=False, database=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
