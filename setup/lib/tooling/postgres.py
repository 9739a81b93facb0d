"""The PostgreSQL server: the user's own, or a private one on a unix socket.

The private cluster is shared by all commands that run at the same time. Each holds a
shared lock while it works; the last one out stops the server.
"""

import contextlib
import os
import pwd
import re
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

from . import cache, system
from .report import Problem, run_step

OLDEST = 13
USER = "odoo"
PORT = "5432"
INSTALLED = Path("/usr/lib/postgresql")
# A server for development: nothing listens on the network.
SETTINGS = """
listen_addresses = ''
port = 5432
max_connections = 300
shared_buffers = 256MB
synchronous_commit = off
max_wal_size = 4GB
checkpoint_timeout = 30min
jit = off
max_parallel_workers_per_gather = 0
"""
# What is in it can be made again, so it does not wait for the disk: after a power cut,
# delete the cluster. At the start and not above, for clusters that are there already.
HASTE = ("fsync=off", "full_page_writes=off")


@contextlib.contextmanager
def server():
    """Yield the PG* variables of a running server, and the files that keep it up.

    A program that inherits those files keeps the server, should we be killed.
    """
    own = own_server(os.environ)
    if own is not None:
        yield own, []
        return
    cluster = Cluster()
    with cluster.in_use() as users:
        yield cluster.variables(), [users.fileno()]


def own_server(environ):
    """The user's server as PG* variables, or None when none is named."""
    if environ.get("DATABASE_URL"):
        return from_url(environ["DATABASE_URL"])
    if not environ.get("PGHOST"):
        return None
    names = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD")
    return {name: environ[name] for name in names if environ.get(name)}


def from_url(url):
    """PG* variables of postgresql://user:password@host:port/…"""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql") or not parts.hostname:
        raise Problem("DATABASE_URL is not of the form postgresql://user:password@host")
    named = {
        "PGHOST": parts.hostname,
        "PGPORT": parts.port,
        "PGUSER": parts.username,
        "PGPASSWORD": parts.password,
    }
    return {key: unquote(str(value)) for key, value in named.items() if value}


def binaries():
    """The folder of the newest installed server programs."""
    found = sorted(_installed())
    if not found:
        system.require_packages(["postgresql"], "a PostgreSQL server")
        found = sorted(_installed())
    if not found:
        raise Problem(f"no PostgreSQL server programs in {INSTALLED}")
    version, folder = found[-1]
    if version < OLDEST:
        raise Problem(f"Odoo 19 needs PostgreSQL {OLDEST} or newer; here is {version}")
    return version, folder


def _installed():
    for folder in INSTALLED.glob("*/bin"):
        if (folder / "initdb").exists() and folder.parent.name.isdigit():
            yield int(folder.parent.name), folder


class Cluster:
    """A private database cluster, kept under the cache."""

    def __init__(self):
        self.version, self.programs = binaries()
        self.owner = server_user()
        self.home = home(self.owner) / f"postgresql-{self.version}"
        self.data = self.home / "data"
        self.lock = f"postgresql-{self.version}"

    def variables(self):
        """What libpq needs to find the server."""
        return {"PGHOST": str(self.home), "PGPORT": PORT, "PGUSER": USER}

    @contextlib.contextmanager
    def in_use(self):
        """Keep the server up as long as somebody uses it."""
        with contextlib.ExitStack() as stack:
            with cache.locked(f"{self.lock}.start"):
                users = stack.enter_context(cache.locked(self.lock, shared=True))
                self._start()
            try:
                yield users
            finally:
                stack.close()
                self._stop_unless_used()

    def _stop_unless_used(self):
        with cache.locked(f"{self.lock}.start"):
            with cache.locked(self.lock, wait=False) as unused:
                if unused:
                    self._control("stop", "-m", "fast", "-w")

    def _start(self):
        if not self.data.exists():
            self._create()
        if self._control("status").returncode == 0:
            return
        log = self.home / "server.log"
        haste = " ".join(f"-c {setting}" for setting in HASTE)
        done = self._control("start", "-w", "-t", "120", "-l", str(log), "-o", haste)
        if done.returncode:
            text = log.read_text(errors="replace") if log.exists() else ""
            raise Problem(
                f"PostgreSQL did not start: {server_error(text)} (log: {log})"
            )

    def _create(self):
        cache.require_space(1500, "a database server")
        self.home.mkdir(parents=True, exist_ok=True)
        os.chmod(self.home, 0o700)
        if self.owner:
            os.chown(self.home, self.owner.pw_uid, self.owner.pw_gid)
        part = self.home / "data.part"
        subprocess.run(["rm", "-rf", str(part)], check=True)
        command = [str(self.programs / "initdb"), "-D", str(part), "-U", USER]
        command += ["-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
        log = cache.log_file("initdb")
        run_step("Creating a database server", command, log, **self._as_owner())
        with (part / "postgresql.conf").open("a") as settings:
            settings.write(f"{SETTINGS}unix_socket_directories = '{self.home}'\n")
        part.rename(self.data)

    def _control(self, *arguments):
        command = [str(self.programs / "pg_ctl"), "-D", str(self.data), *arguments]
        # The server lives on: it must not hold our output, nor our locks.
        silent = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        options = {**silent, "stderr": subprocess.DEVNULL, **self._as_owner()}
        return subprocess.run(command, close_fds=True, **options)

    def _as_owner(self):
        options = {"cwd": self.home, "env": {**os.environ, "LC_ALL": "C"}}
        if self.owner:
            ids = {"user": self.owner.pw_uid, "group": self.owner.pw_gid}
            options.update(ids, extra_groups=[])
        return options


def server_user():
    """The account for the server when we are root, which PostgreSQL refuses."""
    if not system.is_root():
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise Problem(
        "PostgreSQL refuses to run as root and there is no account 'postgres'"
    )


def home(owner):
    """Where the cluster lies: in the cache, if its owner gets there.

    root's own folder is closed to others; and a socket's path has 107 characters.
    """
    folder = cache.root()
    closed = owner and any(not p.stat().st_mode & 1 for p in existing_parents(folder))
    if not closed and len(str(folder)) < 60:
        return folder
    base = Path("/var/cache" if system.is_root() else "/var/tmp")
    return base / f"reverse-logistics-{os.getuid()}-{cache.digest(str(folder))[:6]}"


def existing_parents(folder):
    """The folders above, from the nearest that exists up to the root."""
    return [parent for parent in [folder, *folder.parents] if parent.exists()]


def server_error(log):
    """The last reason that PostgreSQL gives in its log."""
    reasons = re.findall(r"(?:FATAL|PANIC|could not).*", log)
    return reasons[-1] if reasons else "see the log"
