"""Writes every document and feed event again: after Firestore was emptied, or a projection changed.

    python -m courtside.relay.rebuild

Documents that are right already are written once more under a new version; live traffic goes on meanwhile.
"""

import sys

from courtside.config import settings
from courtside.db.outbox import want_everything
from courtside.db.pool import LazyPool
from courtside.db.reader import Reader
from courtside.db.unit_of_work import run_transaction


def main() -> int:
    """Mark everything; the worker, or the sweep, does the writing."""
    pool = LazyPool(settings())
    try:
        documents, entries = run_transaction(pool, lambda connection: want_everything(Reader(connection)))
    finally:
        pool.close()
    sys.stdout.write(f"{documents} documents and {entries} feed events will be written again.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
