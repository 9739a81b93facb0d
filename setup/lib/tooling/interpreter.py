"""The private Python environment that runs Odoo, the tests and the tools."""

import json
import os
import subprocess
import sys

from . import cache, system
from .report import Problem, run_step

OLDEST = (3, 10)
NEWEST = (3, 13)
REQUIREMENTS = cache.SETUP / "requirements.txt"
TEST_REQUIREMENTS = cache.SETUP / "test-requirements.txt"
ADDON_REQUIREMENTS = cache.SETUP / "addon-requirements.txt"


def check_version(version=sys.version_info[:2]):
    """Refuse a Python that Odoo 19 does not run on."""
    if not OLDEST <= tuple(version) <= NEWEST:
        raise Problem(
            "Odoo 19 runs on Python {}.{} to {}.{}, and python3 here is {}.{}: put "
            "another one first on PATH".format(*OLDEST, *NEWEST, *version)
        )


def environment(for_tests, site_folders=()):
    """The interpreter of a virtual environment with the pinned requirements.

    It also imports from `site_folders`, where an installed Odoo lies.
    """
    files = [REQUIREMENTS, TEST_REQUIREMENTS] if for_tests else [REQUIREMENTS]
    # Inside one of our own environments, the same interpreter is behind the link.
    base = os.path.realpath(sys.executable)
    key = cache.digest(sys.version, base, *site_folders, *files)
    kind = "test" if for_tests else "run"

    def build(folder):
        _create(base, folder)
        _install(folder, files)
        for site in folder.glob("lib/*/site-packages"):
            lines = [f"import site; site.addsitedir({path!r})" for path in site_folders]
            (site / "installed_odoo.pth").write_text("\n".join(lines))

    return cache.built(f"python/{kind}-{key}", build) / "bin" / "python"


def _create(base, folder):
    cache.require_space(1000, "installing the Python requirements")
    probe = [base, "-c", "import ensurepip, venv"]
    if subprocess.run(probe, capture_output=True).returncode:
        version = "{}.{}".format(*sys.version_info)
        packages = ["python3-venv", f"python{version}-venv"]
        system.require_packages(packages, "Python's venv module")
    command = [base, "-m", "venv", str(folder)]
    run_step("Creating a Python environment", command, cache.log_file("venv"))


def pip(python):
    """The start of a pip command that installs exactly what the files pin."""
    options = ["--disable-pip-version-check", "--no-input", "--no-deps"]
    return [str(python), "-m", "pip", "install", *options, "--only-binary=:all:"]


def _install(folder, files):
    command = pip(folder / "bin" / "python")
    for file in files:
        command += ["-r", str(file)]
    log = cache.log_file("pip")
    run_step("Installing the Python requirements", command, log, explain=pip_error)


def pip_error(output):
    """The last line in which pip says what is wrong."""
    errors = [line for line in output.splitlines() if line.startswith("ERROR:")]
    return errors[-1] if errors else output[-300:]


def third_party_addons(python):
    """The folder of the pinned addons from elsewhere, or None when there are none."""
    lines = ADDON_REQUIREMENTS.read_text().splitlines()
    if not any(line.strip() and not line.startswith("#") for line in lines):
        return None

    def build(folder):
        command = [*pip(python), "--target", str(folder), "-r", str(ADDON_REQUIREMENTS)]
        log = cache.log_file("pip-addons")
        run_step("Installing third-party addons", command, log, explain=pip_error)

    key = cache.digest(ADDON_REQUIREMENTS)
    return cache.built(f"addons/{key}", build) / "odoo" / "addons"


def ask(python, code, **options):
    """The JSON that a line of Python prints, or None when it fails."""
    command = [str(python), "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, **options)
    return json.loads(result.stdout) if result.returncode == 0 else None
