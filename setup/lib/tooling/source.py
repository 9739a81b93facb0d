"""Where Odoo comes from: the user's checkout, an installed one, or Debian's package."""

import os
import sys
from pathlib import Path
from typing import NamedTuple

from . import debian, interpreter
from .report import Problem

SERIES = "19.0"
# Printed by the interpreter that is asked whether it can import Odoo.
PROBE = (
    "import json, odoo.release as r; print(json.dumps([r.version, r.__file__, r.series]))"
)


class Source(NamedTuple):
    """An Odoo 19: `path` for PYTHONPATH (None when installed), addons folders, version."""

    path: Path | None
    addons: list
    version: str


def find():
    """The Odoo to use; Debian's package is fetched when there is no other."""
    home = os.environ.get("ODOO_HOME")
    if home:
        return from_checkout(Path(home).expanduser().resolve())
    return installed() or from_debian()


def from_checkout(home):
    """The checkout that ODOO_HOME names."""
    if not (home / "odoo" / "release.py").is_file():
        raise Problem(f"ODOO_HOME is {home}, which is not a checkout of Odoo")
    version = _version_of(home)
    addons = [home / "addons"] if (home / "addons" / "web").is_dir() else []
    head = home / ".git" / "HEAD"
    revision = head.read_text().strip() if head.is_file() else ""
    return Source(home, addons, f"{version} {home} {revision}")


def installed():
    """An Odoo 19 that python3 imports, if there is one."""
    found = interpreter.ask(sys.executable, PROBE, cwd="/")
    if not found or found[2] != SERIES:
        return None
    return Source(None, [], " ".join(found[:2]))


def from_debian():
    """Debian's package, unpacked into the cache."""
    tree = debian.tree()
    version = (tree.parents[3] / "version").read_text()
    return Source(tree, [], f"{_version_of(tree)} {version}")


def _version_of(path):
    release = {}
    exec((path / "odoo" / "release.py").read_text(), release)
    if release["series"] != SERIES:
        raise Problem(f"{path} holds Odoo {release['series']}; this needs {SERIES}")
    return release["version"]
