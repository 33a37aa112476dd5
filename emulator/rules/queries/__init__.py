"""Queries as statements about their possible results, of which rules are proved."""
