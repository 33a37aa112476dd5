"""The worlds of this folder."""

from tests.integration.relay.worlds import clock, idle_world

__all__ = ["clock", "idle_world"]
