"""The coverage of a ruleset as a page."""
