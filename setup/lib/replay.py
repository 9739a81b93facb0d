"""Start of `setup/replay`; everything else is in the package `replay`."""

import sys

from replay.command import guarded

if __name__ == "__main__":
    sys.exit(guarded(sys.argv[1:]))
