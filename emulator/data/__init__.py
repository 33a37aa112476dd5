"""Documents on disk: a journal of commits, snapshots of everything, and JSON lines for people."""
