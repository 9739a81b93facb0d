"""The folder outside the checkout where everything that was fetched or built lies.

Every entry is keyed by what went into it and marked when it is whole, so a start that
was interrupted leaves nothing that looks finished: the next one makes it anew.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from .report import Problem, say

CHECKOUT = Path(__file__).resolve().parents[3]
SETUP = CHECKOUT / "setup"


def root():
    """The cache folder; `REVERSE_LOGISTICS_CACHE` moves it."""
    chosen = os.environ.get("REVERSE_LOGISTICS_CACHE")
    if chosen:
        return Path(chosen).expanduser().resolve()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "reverse-logistics"


def log_file(name):
    """Where the output of a step is kept."""
    return root() / "logs" / f"{name}.log"


def digest(*parts):
    """A short key of the given texts and files (`Path`: its content)."""
    total = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, Path) else str(part).encode()
        total.update(b"%d:" % len(data) + data)
    return total.hexdigest()[:12]


def contents(folder):
    """All files below a folder and their names, as `digest` takes them; no bytecode."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            yield path.relative_to(folder).as_posix()
            yield path


@contextlib.contextmanager
def locked(name, shared=False, wait=True):
    """Hold the lock `name`; yields its file, or None when taken and not waited for.

    The kernel releases the lock when its holders end, however they end.
    """
    folder = root() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("a") as stream:
        if not _flock(stream, shared):
            if not wait:
                yield None
                return
            say(f"waiting for another start ({name})")
            fcntl.flock(stream, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield stream


def _flock(stream, shared):
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(stream, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def built(name, build):
    """The folder `name` of the cache; `build(folder)` fills it when it is missing.

    It is built where it stays, since Python environments cannot be moved.
    """
    target = root() / name
    complete = target / ".complete"
    if complete.exists():
        return target
    with locked(name.replace("/", "_")):
        if not complete.exists():
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir(parents=True)
            build(target)
            complete.touch()
    return target


def write(path, text):
    """Write a small file at once: a reader sees the old text or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w") as stream:
        stream.write(text)
    os.replace(part, path)


def require_space(megabytes, purpose):
    """Fail early and clearly when the disk cannot hold what is coming."""
    folder = root()
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free // 2**20
    if free < megabytes:
        raise Problem(
            f"{purpose} needs {megabytes} MB in {folder}, and the disk has {free} MB "
            "free: make room, or set REVERSE_LOGISTICS_CACHE to a folder elsewhere"
        )
