"""Signing in through a host application: its own token, verified, becomes an account of ours."""
