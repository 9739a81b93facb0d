import sys
from pathlib import Path

LIBRARY = Path(__file__).resolve().parents[2] / "setup" / "lib"

sys.path.insert(0, str(LIBRARY))
