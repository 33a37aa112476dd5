"""Rows of the fault list that no run injects yet, or that no machine can."""

from tests.faults.catalogue import not_injected

not_injected(
    35,
    "FCM refuses, is slow, or loses replies",
    reason="messages to phones are not built yet",
)
