"""Transactions: their locks, how conflicts are decided, and their life."""
