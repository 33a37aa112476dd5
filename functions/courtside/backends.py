"""The outside systems that one process speaks to, each opened at first use."""

from dataclasses import dataclass

from courtside.config import Settings
from courtside.db.pool import LazyPool
from courtside.firestore.client import FirestoreConnection
from courtside.observer import UNOBSERVED, Observer


@dataclass(frozen=True)
class Backends:
    """Postgres and Firestore, as this process's settings name them, and whoever watches."""

    settings: Settings
    pool: LazyPool
    firestore: FirestoreConnection
    observer: Observer = UNOBSERVED

    @classmethod
    def of(cls, settings: Settings) -> "Backends":
        """Nothing is connected yet."""
        return cls(settings, LazyPool(settings), FirestoreConnection(settings))

    def close(self) -> None:
        """Close what this process opened."""
        self.observer.close()
        self.pool.close()
        self.firestore.close()
