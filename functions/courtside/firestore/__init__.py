"""Firestore: the client, document values and the guarded writer."""
