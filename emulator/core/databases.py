"""All databases of all projects, made when they are first named."""

from emulator.core.clock import CommitClock
from emulator.core.database import Database
from emulator.core.listen.registry import Listeners
from emulator.core.paths import DatabaseName


class Databases:
    """One emulator's databases under one clock."""

    def __init__(self) -> None:
        self.clock = CommitClock()
        self._databases: dict[DatabaseName, Database] = {}
        self._listeners: dict[DatabaseName, Listeners] = {}

    def get(self, name: DatabaseName) -> Database:
        """The database of that name; a new one is empty."""
        found = self._databases.get(name)
        if found is None:
            found = self._databases[name] = Database(name, self.clock)
            self._listeners[name] = Listeners(found)
        return found

    def listeners(self, database: Database) -> Listeners:
        """Who listens to a database."""
        return self._listeners[database.name]

    def clear(self, name: DatabaseName) -> None:
        """Delete every document of a database."""
        if name in self._databases:
            self._databases[name].clear()
