"""`make watch`: one trainer's day on the terminal, live over Firestore listeners."""
