"""What the tools say: progress while they work, one clear line when they cannot."""

import re
import subprocess
import sys
import time

# What other programs print, and what it means to the person at the keyboard.
CAUSES = [
    (r"No space left on device|ENOSPC", "the disk is full"),
    (
        r"Temporary failure (in name resolution|resolving)|Could not resolve"
        r"|Name or service not known|Network is unreachable|Could not connect"
        r"|Failed to establish a new connection|ENOTFOUND|ENETUNREACH|ECONNREFUSED"
        r"|Failed to fetch|NameResolutionError|Connection refused",
        "the network did not answer",
    ),
    (r"Permission denied|EACCES", "a file or folder may not be written or read"),
]


class Problem(Exception):
    """Something the reader can mend; shown as one line, without a traceback."""


def say(text):
    """Print one line of progress, at once."""
    print(f"[setup] {text}", file=sys.stderr, flush=True)


def cause(output):
    """The plain reason hidden in a program's output, or None."""
    for pattern, meaning in CAUSES:
        if re.search(pattern, output):
            return meaning
    return None


def last_lines(output, count=3):
    """The last lines that say something, joined to one."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return " | ".join(lines[-count:])


def run_step(title, command, log, explain=last_lines, **options):
    """Run a long command with its output in the file `log`.

    A line with the elapsed seconds shows that it is alive. A failure becomes a
    Problem whose text is a known cause, or else what `explain` finds in the output.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            **options,
        )
        try:
            _watch(process, title, started)
        except BaseException:
            process.terminate()
            process.wait()
            raise
    output = log.read_text(errors="replace")
    if process.returncode:
        raise Problem(
            f"{title} failed: {cause(output) or explain(output)} (log: {log})"
        )
    return output


def _watch(process, title, started):
    """Wait for the process: a running counter on a terminal, else a line at times."""
    terminal = sys.stderr.isatty()
    interval = 1 if terminal else 20
    if not terminal:
        say(f"{title} …")
    while True:
        try:
            process.wait(timeout=interval)
            break
        except subprocess.TimeoutExpired:
            _tick(title, started, terminal)
    if terminal:
        _tick(title, started, terminal)
        print(file=sys.stderr)


def _tick(title, started, terminal):
    line = f"[setup] {title} … {time.monotonic() - started:.0f} s"
    print(line, end="\r" if terminal else "\n", file=sys.stderr, flush=True)
