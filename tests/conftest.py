"""Fixtures of every tier: real Postgres and the real emulator, started once; worlds that tests act in."""

pytest_plugins = ["tests.fix_servers", "tests.fix_world"]
