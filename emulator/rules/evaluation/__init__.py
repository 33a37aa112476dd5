"""From the checked tree to closures, and from a request to its verdict."""
