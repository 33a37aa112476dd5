"""The database itself: values, documents, queries, transactions and listeners, free of any transport."""
