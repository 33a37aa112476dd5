"""Reconciliation: whether Firestore holds what Postgres says, document by document, and its repair.

Judged is only what is at rest (`want = have`, no lease), each suspect twice, a pause apart. Four looks make one
reconciliation: projected documents against their projections; delivered feed events against their entries; every
collection for documents that nobody put there; the facts for documents that nobody ever wanted.
"""
