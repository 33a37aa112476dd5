"""The Firestore API as JSON over HTTP: one request and one response per RPC."""
