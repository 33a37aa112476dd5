"""Why a data directory cannot be used.

Unusable          it cannot be opened
├── InUse         another emulator works with it
└── Damaged       a file that no interrupted write explains
"""


class Unusable(Exception):
    """The directory cannot be opened; the message says why."""


class InUse(Unusable):
    """Another emulator works with the directory."""


class Damaged(Unusable):
    """A file that no interrupted write explains; the message says where."""
