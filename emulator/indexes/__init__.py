"""The indexes that a project declares in firestore.indexes.json, and the queries that need them."""
