"""Real-time targets: what changed for whom after a commit."""
