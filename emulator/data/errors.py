"""Why a data directory cannot be used, or documents cannot be moved.

Unusable          a directory cannot be opened
├── InUse         another emulator works with it
└── Damaged       a file that no interrupted write explains
TransferFailed    an export or import did not take place
"""


class Unusable(Exception):
    """The directory cannot be opened; the message says why."""


class InUse(Unusable):
    """Another emulator works with the directory."""


class Damaged(Unusable):
    """A file that no interrupted write explains; the message says where."""


class TransferFailed(Exception):
    """The emulator cannot be reached or refuses; the message says why."""
