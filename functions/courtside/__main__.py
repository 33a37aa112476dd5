"""The operator's command line: `python -m courtside relay …`."""

import sys

from courtside.relay.cli import main

if __name__ == "__main__":
    sys.exit(main())
