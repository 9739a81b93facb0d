"""Prettier, which formats JavaScript, SCSS and XML: the only tool from npm."""

import shutil

from . import cache, system
from .report import run_step

FILES = (cache.CHECKOUT / "package.json", cache.CHECKOUT / "package-lock.json")


PLUGIN = "@prettier/plugin-xml/src/plugin.js"


def folder():
    """The folder of modules with prettier, installed as package-lock.json pins it."""
    key = cache.digest(*FILES)
    return cache.built(f"node/{key}", _install) / "node_modules"


def prettier():
    """The start of a prettier command; it would look for the plugin in the checkout."""
    modules = folder()
    return [str(modules / ".bin" / "prettier"), f"--plugin={modules / PLUGIN}"]


def _install(target):
    npm = system.require_program(
        "npm", ["nodejs", "npm"], "npm, which installs prettier,"
    )
    for file in FILES:
        shutil.copy(file, target)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    run_step("Installing prettier", command, cache.log_file("npm"), cwd=target)
