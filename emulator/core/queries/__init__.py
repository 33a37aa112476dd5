"""From a StructuredQuery to index scans and their results."""
