"""The hooks that check a commit, on all files.

What they found nothing wrong with is remembered in the cache, by the content of the
files and by all that decides what a hook says: as long as that stays, it is not checked
again.
"""

import os
import subprocess

import pytest
import yaml

from tooling import cache, source
from tooling.cache import CHECKOUT

# This one follows what an addon imports from the core.
FOLLOWING = "pylint-odoo"
# git reads a checkout of another user's, as automatic builds have it.
OWNED = {
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "safe.directory",
    "GIT_CONFIG_VALUE_0": str(CHECKOUT),
}


def hooks():
    config = yaml.safe_load((CHECKOUT / ".pre-commit-config.yaml").read_text())
    return [hook["id"] for repo in config["repos"] for hook in repo["hooks"]]


def tracked():
    """The files that git knows and that are there, by path."""
    command = ["git", "ls-files", "-z"]
    names = subprocess.run(
        command,
        cwd=CHECKOUT,
        env=os.environ | OWNED,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    return sorted(name for name in names if name and (CHECKOUT / name).is_file())


def folders(hook, names):
    """``(files of a folder at the top, files that decide about them)`` of each."""
    found = {}
    for name in names:
        found.setdefault(name.partition("/")[0], []).append(name)
    core = found["reverse_logistics"] if hook == FOLLOWING else []
    return [(own, sorted({*own, *core})) for own in found.values()]


def remembered(hook, names, settings):
    """The mark in the cache that says that these files have passed a hook."""
    content = (part for name in names for part in (name, CHECKOUT / name))
    return cache.root() / "passed" / cache.digest(hook, *settings, *content)


def settings_of(names):
    """What decides what the tools say: their versions and the settings at the top."""
    top = [CHECKOUT / name for name in names if "/" not in name]
    top = [path for path in top if path.suffix != ".md"]
    pinned = sorted((CHECKOUT / "setup").glob("*requirements.txt"))
    return [source.find().version, *top, *pinned]


@pytest.mark.parametrize("hook", hooks())
def test_lint(hook):
    names = tracked()
    settings = settings_of(names)
    marks = {
        remembered(hook, deciding, settings): files
        for files, deciding in folders(hook, names)
    }
    new = {mark: files for mark, files in marks.items() if not mark.exists()}
    if not new:
        return
    command = [CHECKOUT / "setup" / "tool", "pre-commit", "run", hook, "--files"]
    command += [name for files in new.values() for name in files]
    result = subprocess.run(
        command, cwd=CHECKOUT, env=os.environ | OWNED, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout + result.stderr
    for mark in new:
        cache.write(mark, "")
