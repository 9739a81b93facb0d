"""The hooks that check a commit, on all files."""

import os
import subprocess

import pytest
import yaml

from tooling.cache import CHECKOUT


def hooks():
    config = yaml.safe_load((CHECKOUT / ".pre-commit-config.yaml").read_text())
    return [hook["id"] for repo in config["repos"] for hook in repo["hooks"]]


@pytest.mark.parametrize("hook", hooks())
def test_lint(hook):
    # git reads a checkout of another user's, as automatic builds have it.
    owned = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": str(CHECKOUT),
    }
    command = [CHECKOUT / "setup" / "tool", "pre-commit", "run", hook, "--all-files"]
    result = subprocess.run(
        command, cwd=CHECKOUT, env=os.environ | owned, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout + result.stderr
