"""Firestore security rules: source → tokens → AST → checked AST → verdicts; no I/O, no transport."""
