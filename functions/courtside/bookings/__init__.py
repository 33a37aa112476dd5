"""Sessions, and the seats that clients book in them."""
