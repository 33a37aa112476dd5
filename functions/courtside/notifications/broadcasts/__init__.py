"""Broadcasts: what admins tell many people at once, page by page, each person once."""
