"""Security rules in force: which ones apply to a project, and what they allow a caller to do."""
