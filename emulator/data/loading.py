"""Reading back what a data directory holds."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from emulator.data.errors import Damaged
from emulator.data.records import Entry, decode_batches

_NUMBERED = re.compile(r"(journal|snapshot)-(\d{8})")
Documents = dict[str, Entry]


@dataclass(slots=True)
class Content:
    """The documents of each database by path, and where the newest journal goes on."""

    databases: dict[str, Documents] = field(default_factory=dict)
    time: int = 0
    """The latest commit, in microseconds."""
    generation: int = 0
    snapshot_generation: int = 0
    snapshot_size: int = 0
    journal_size: int = 0
    ignored: int = 0
    """Bytes at the end of the journal that a write left which was interrupted."""

    def apply(self, path: Path) -> tuple[int, int]:
        """Take over a file's batches; its good length and its length. Damaged names the file."""
        data = path.read_bytes()
        good = 0
        try:
            for batch, good in decode_batches(data):  # noqa: B007 - its last value is the result
                self._apply_entries(batch.database, batch.entries)
                self.time = max(self.time, batch.time)
        except Damaged as damage:
            raise Damaged(f"{path}: {damage}") from None
        return good, len(data)

    def _apply_entries(self, database: str, entries: Iterable[Entry]) -> None:
        documents = self.databases.setdefault(database, {})
        for entry in entries:
            if entry.wire is None:
                documents.pop(entry.path, None)
            else:
                documents[entry.path] = entry


def file_name(kind: str, generation: int) -> str:
    """The name of the `journal` or `snapshot` of a generation."""
    return f"{kind}-{generation:08d}"


def numbered_files(directory: Path) -> dict[str, dict[int, Path]]:
    """The data files of a directory by kind and generation."""
    found: dict[str, dict[int, Path]] = {"journal": {}, "snapshot": {}}
    for path in directory.iterdir():
        match = _NUMBERED.fullmatch(path.name)
        if match:
            found[match[1]][int(match[2])] = path
    return found


def load(directory: Path) -> Content:
    """All that a directory holds: the newest snapshot, then the journals since; Damaged if it cannot be read."""
    files = numbered_files(directory)
    newest = max(files["snapshot"], default=0)
    content = Content(generation=newest, snapshot_generation=newest)
    if newest in files["snapshot"]:
        snapshot = files["snapshot"][newest]
        content.snapshot_size, size = content.apply(snapshot)
        if content.snapshot_size != size:
            raise Damaged(f"{snapshot}: it ends at byte {size} within a record")
    journals = sorted(number for number in files["journal"] if number >= content.generation)
    for number in journals:
        content.generation = number
        content.journal_size, size = content.apply(files["journal"][number])
        content.ignored = size - content.journal_size
        if content.ignored and number != journals[-1]:
            raise Damaged(f"{files['journal'][number]}: it ends at byte {size} within a record")
    return content
