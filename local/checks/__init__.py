"""Checks of `make check` that need more than a tool's own command line."""
