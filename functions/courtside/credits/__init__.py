"""Credits and fees: what was granted, what it was spent on, and a ledger in which every movement balances."""
