"""Courtside: real-time bookings, from the callable to the listener."""
