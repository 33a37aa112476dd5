"""A relay worker that settles and gives back whatever it likes, without looking whether the lease is still its own."""

import re
import sys

from courtside.db import outbox
from courtside.relay.worker import main

_CHECK = re.compile(r"AND (\w+\.)?lease_token = %\(token\)s")


def remove_lease_check(name: str) -> None:
    """Take the condition out of one of the outbox' queries."""
    queries = outbox._QUERIES._texts
    queries[name], removed = _CHECK.subn("", queries[name])
    assert removed, f"{name} checks no lease"


if __name__ == "__main__":
    for query in ("settle_documents", "settle_entries", "release_documents", "release_entries"):
        remove_lease_check(query)
    sys.exit(main())
