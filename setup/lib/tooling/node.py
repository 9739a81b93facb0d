"""What comes from npm: prettier, which formats JavaScript, SCSS and XML; axe-core,
which finds what keeps people out of a page; rtlcss, with which Odoo turns styles round.
"""

import shutil

from . import cache, system
from .report import run_step

FILES = (cache.CHECKOUT / "package.json", cache.CHECKOUT / "package-lock.json")


PLUGIN = "@prettier/plugin-xml/src/plugin.js"


def folder():
    """The folder of modules, installed as package-lock.json pins them."""
    key = cache.digest(*FILES)
    return cache.built(f"node/{key}", _install) / "node_modules"


def prettier():
    """The start of a prettier command; it would look for the plugin in the checkout."""
    modules = folder()
    return [str(modules / ".bin" / "prettier"), f"--plugin={modules / PLUGIN}"]


def _install(target):
    npm = system.require_program(
        "npm", ["nodejs", "npm"], "npm, which installs prettier and more,"
    )
    for file in FILES:
        shutil.copy(file, target)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    run_step("Installing from npm", command, cache.log_file("npm"), cwd=target)
