"""Reviews of completed sessions, the ratings they amount to, and disputes about what was charged."""
