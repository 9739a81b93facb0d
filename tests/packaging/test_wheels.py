"""Each addon builds as a wheel that holds all of it.

A wheel is kept in the cache as long as nothing changes that goes into it.
"""

import ast
import email
import subprocess
import sys
import zipfile

import pytest

from tooling import cache, environment, interpreter
from tooling.cache import CHECKOUT

ADDONS = environment.addons()


@pytest.fixture(scope="module", params=ADDONS, ids=[addon.name for addon in ADDONS])
def addon(request):
    return request.param


@pytest.fixture(scope="module")
def wheel(addon):
    def build(target):
        command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-index"]
        command += ["--no-build-isolation", "--wheel-dir", str(target), str(addon)]
        result = subprocess.run(command, capture_output=True, text=True)
        output = result.stdout + result.stderr
        assert result.returncode == 0, interpreter.pip_error(output)

    # The version says how many commits there are since its last change.
    history = git("log", "--format=%H", "--", ".", cwd=addon)
    key = cache.digest(sys.executable, history, *cache.contents(addon))
    (built,) = cache.built(f"wheels/{addon.name}-{key}", build).glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        yield archive


def git(*arguments, cwd):
    """What git prints, also of a checkout that belongs to another user."""
    command = ["git", "-c", f"safe.directory={CHECKOUT}", *arguments]
    return subprocess.run(
        command, cwd=cwd, check=True, capture_output=True, text=True
    ).stdout


def tracked(addon):
    """The files of the addon that belong to the project, as git knows them."""
    output = git("ls-files", cwd=addon)
    kinds = (".py", ".xml", ".csv", ".js", ".scss")
    return [name for name in output.splitlines() if name.endswith(kinds)]


def test_holds_the_whole_addon(addon, wheel):
    inside = set(tracked(addon))
    packed = {
        name.removeprefix(f"odoo/addons/{addon.name}/") for name in wheel.namelist()
    }
    assert "__manifest__.py" in inside
    assert inside <= packed


def test_metadata_follows_the_manifest(addon, wheel):
    manifest = ast.literal_eval((addon / "__manifest__.py").read_text())
    (path,) = (name for name in wheel.namelist() if name.endswith("/METADATA"))
    metadata = email.message_from_bytes(wheel.read(path))
    assert metadata["Name"] == f"odoo-addon-{addon.name}"
    # Between releases, whool counts the commits since the last change of version.
    assert metadata["Version"].startswith(manifest["version"])
    assert metadata["License"] == manifest["license"]
