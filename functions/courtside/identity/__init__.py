"""Accounts: who a caller is and in which role."""
