"""The RPCs of the Firestore API as functions from request messages to response messages."""
