"""Start of `setup/bench`; everything else is in the package `bench`."""

import sys

from bench.command import guarded

if __name__ == "__main__":
    sys.exit(guarded(sys.argv[1:]))
