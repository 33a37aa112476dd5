"""A day of a studio many times the size of the demo: seeded, without I/O, from what was measured here."""
