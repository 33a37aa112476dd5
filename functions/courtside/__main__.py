"""The operator's command line: `python -m courtside relay …`."""

import gc
import logging
import sys

from courtside.relay.cli import main

if __name__ == "__main__":
    # Without a handler, Python would print what libraries and workers log beside the one line that says it all.
    logging.getLogger().addHandler(logging.NullHandler())
    # What is imported stays: looking through it for garbage again and again is a tenth of a reconciliation.
    gc.freeze()
    sys.exit(main())
