"""The inbox: who is told of what."""
