"""A file of commits that only grows: what was appended survives the end of the process, however it comes."""

import logging
import os
import threading
from pathlib import Path

from emulator.core.errors import ResourceExhausted
from emulator.data.records import HEADER

_LOG = logging.getLogger(__name__)


class Journal:
    """An open journal; each append is one write, so that it is in the file whole or at its torn end."""

    def __init__(self, path: Path, size: int) -> None:
        """Continue the file after `size` good bytes; what follows them is cut off."""
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self._size = size
        self._torn = False
        self._closing = threading.Lock()
        self._closed = False
        os.ftruncate(self._file, size)
        if not size:
            self.append(HEADER)

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return self._size

    def append(self, record: bytes) -> None:
        """Add a record; ResourceExhausted, and nothing added, if the disk does not take it."""
        try:
            if self._torn:
                self._cut_back()
            self._write_all(record)
        except OSError as error:
            self._torn = True
            raise ResourceExhausted(
                f"the write was not stored, because {self.path} cannot grow: {error.strerror}"
            ) from error
        self._size += len(record)

    def _write_all(self, record: bytes) -> None:
        written = 0
        while written < len(record):
            written += os.pwrite(self._file, record[written:], self._size + written)

    def _cut_back(self) -> None:
        """Remove what a failed write left, so that no later record follows half a one."""
        os.ftruncate(self._file, self._size)
        self._torn = False

    def sync(self) -> None:
        """Wait until the file is on the disk itself, which protects from a loss of power as well; for any thread."""
        with self._closing:
            if not self._closed:
                os.fdatasync(self._file)

    def close(self) -> None:
        """Close the file, on the disk; for any thread."""
        try:
            if self._torn:
                self._cut_back()
            self.sync()
        except OSError as error:
            _LOG.warning("%s could not be brought to the disk: %s", self.path, error)
        with self._closing:
            self._closed = True
            os.close(self._file)
