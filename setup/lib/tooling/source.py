"""Where Odoo comes from: the user's checkout, an installed one, or Debian's package."""

import json
import os
import sys
from pathlib import Path
from typing import NamedTuple

from . import debian, interpreter
from .report import Problem

SERIES = "19.0"
# Printed by the interpreter that is asked whether it can import Odoo.
PROBE = """
import json, site, sys, odoo.release as release
sites = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
print(json.dumps([release.series, release.version, release.__file__, sites]))
"""
# Set for the programs we start, so that what they start finds the same Odoo.
VARIABLE = "REVERSE_LOGISTICS_ODOO"


class Source(NamedTuple):
    """An Odoo 19: what tells it from others, and how it is imported."""

    version: str
    path: str = ""  # for PYTHONPATH
    addons: tuple = ()  # folders that it does not find by itself
    sites: tuple = ()  # where it is installed


def find():
    """The Odoo to use; Debian's package is fetched when there is no other."""
    if VARIABLE in os.environ:
        return Source(*json.loads(os.environ[VARIABLE]))
    home = os.environ.get("ODOO_HOME")
    if home:
        return from_checkout(Path(home).expanduser().resolve())
    return installed() or from_debian()


def from_checkout(home):
    """The checkout that ODOO_HOME names."""
    if not (home / "odoo" / "release.py").is_file():
        raise Problem(f"ODOO_HOME is {home}, which is not a checkout of Odoo")
    addons = (str(home / "addons"),) if (home / "addons" / "web").is_dir() else ()
    head = home / ".git" / "HEAD"
    revision = head.read_text().strip() if head.is_file() else ""
    return Source(f"{_version_of(home)} {home} {revision}", str(home), addons)


def installed():
    """An Odoo 19 that python3 imports, if there is one."""
    found = interpreter.ask(sys.executable, PROBE, cwd="/")
    if not found or found[0] != SERIES:
        return None
    _, version, file, sites = found
    return Source(f"{version} {file}", sites=tuple(sites))


def from_debian():
    """Debian's package, unpacked into the cache."""
    tree = debian.tree()
    version = (tree.parents[3] / "version").read_text()
    return Source(f"{_version_of(tree)} {version}", str(tree))


def _version_of(path):
    release = {}
    exec((path / "odoo" / "release.py").read_text(), release)
    if release["series"] != SERIES:
        raise Problem(f"{path} holds Odoo {release['series']}; this needs {SERIES}")
    return release["version"]
