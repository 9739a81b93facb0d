"""The engine knows nothing of Odoo, so its tests import it as a package of its own."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "reverse_logistics"))
