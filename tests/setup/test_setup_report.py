"""What the tools say when they cannot go on."""

import errno
import os
import sys

import pytest

from tooling import __main__ as start
from tooling.report import Problem, cause, run_step

NETWORK = "the network did not answer"
DISK = "the disk is full"


@pytest.mark.parametrize(
    ("output", "meaning"),
    [
        ("E: Failed to fetch http://mirror/x  Temporary failure resolving", NETWORK),
        ("npm error code ENOTFOUND", NETWORK),
        ("<urlopen error [Errno -2] Name or service not known>", NETWORK),
        ("dpkg-deb: error: failed to write (No space left on device)", DISK),
        ("initdb: error: could not create directory: Permission denied", None),
        ("ERROR: No matching distribution found for nothing==1", None),
    ],
)
def test_cause_of_a_failure(output, meaning):
    found = cause(output)
    assert found == meaning or (meaning is None and found not in (NETWORK, DISK))


def failing(text):
    return [sys.executable, "-c", f"print({text!r}); raise SystemExit(3)"]


def test_failed_step_gives_its_cause_and_log(tmp_path):
    log = tmp_path / "step.log"
    with pytest.raises(Problem) as caught:
        run_step("Unpacking", failing("cannot write: No space left on device"), log)
    assert str(caught.value) == f"Unpacking failed: {DISK} (log: {log})"


def test_failed_step_without_known_cause_quotes_the_end(tmp_path):
    with pytest.raises(Problem, match=r"failed: second \| third"):
        run_step("Working", failing("\n\nsecond\n\nthird\n"), tmp_path / "log")


def test_step_says_that_it_works(tmp_path, capfd):
    output = run_step("Working", [sys.executable, "-c", "print(1)"], tmp_path / "log")
    assert output == "1\n"
    assert "[setup] Working …" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (Problem("port 8069 is taken"), "[setup] port 8069 is taken\n"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), f"[setup] {DISK}: "),
        (
            PermissionError(errno.EACCES, "Permission denied", "/x"),
            "may not be written",
        ),
    ],
)
def test_failure_is_one_line_and_an_exit_code(error, line, capsys):
    def fail():
        raise error

    assert start.guarded(fail) == 1
    message = capsys.readouterr().err
    assert line in message
    assert message.count("\n") == 1


def test_exit_code_of_the_command_is_kept(capsys):
    assert start.guarded(lambda: 5) == 5
    assert start.guarded(lambda: None) == 0
    assert capsys.readouterr().err == ""
