"""Everything a command needs around it: interpreter, Odoo, configuration, server."""

import contextlib
import json
import os
import signal
import subprocess

from . import cache, interpreter, postgres, printing, source

CHILD_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def addons():
    """The folders of this project's addons."""
    manifests = cache.CHECKOUT.glob("*/__manifest__.py")
    return sorted(manifest.parent for manifest in manifests)


@contextlib.contextmanager
def prepared(for_tests=False):
    """Yield (interpreter, variables, files to pass on) with a running server."""
    interpreter.check_version()
    odoo = source.find()
    python = interpreter.environment(for_tests, odoo.sites)
    with postgres.server() as (server, files):
        yield python, variables(odoo, python, server), files


def variables(odoo, python, server):
    """The environment for the programs we start."""
    library = [str(cache.SETUP / "lib"), odoo.path, os.environ.get("PYTHONPATH", "")]
    paths = os.pathsep.join(library).split(os.pathsep)
    programs = [str(python.parent), *printing.folders(), os.environ.get("PATH", "")]
    with contextlib.suppress(StopIteration, ValueError):
        programs.append(str(max(postgres.INSTALLED.glob("*/bin"))))
    third_party = interpreter.third_party_addons(python)
    return {
        **os.environ,
        **server,
        "PATH": os.pathsep.join(programs),
        "PYTHONPATH": os.pathsep.join(path for path in dict.fromkeys(paths) if path),
        "PYTHONUNBUFFERED": "1",
        # Dozens of processes load the same modules: let them keep what they compiled.
        "PYTHONDONTWRITEBYTECODE": "",
        "ODOO_RC": str(configuration(odoo, server, third_party)),
        "PGCONNECT_TIMEOUT": os.environ.get("PGCONNECT_TIMEOUT", "20"),
        source.VARIABLE: json.dumps(odoo),
    }


def data_folder(server=os.environ):
    """Odoo's folder for attachments and sessions, one for each server."""
    key = cache.digest(server.get("PGHOST", ""), server.get("PGPORT", ""))
    return cache.root() / "data" / key


def configuration(odoo, server, third_party=None):
    """Write Odoo's configuration file, named after its content; returns its path."""
    ours = [cache.CHECKOUT] if addons() else []
    folders = [*ours, *odoo.addons, *([third_party] if third_party else [])]
    options = {
        "addons_path": ",".join(map(str, folders)),
        "data_dir": data_folder(server),
        # Odoo's own default listens on every address of the machine.
        "http_interface": "127.0.0.1",
        "db_host": server.get("PGHOST"),
        "db_port": server.get("PGPORT"),
        "db_user": server.get("PGUSER"),
        "db_password": server.get("PGPASSWORD"),
    }
    lines = [f"{key} = {value}\n" for key, value in options.items() if value]
    text = "[options]\n" + "".join(lines)
    path = cache.root() / "config" / f"{cache.digest(text)}.conf"
    if not path.exists():
        cache.write(path, text)
    return path


def supervise(command, variables=os.environ, files=(), tick=None):
    """Run a program to its end; `tick()` is called each second until it returns true.

    Ctrl-C reaches the program from the terminal; only signals that somebody sent to
    this process are repeated, because a second Ctrl-C makes Odoo drop its work.
    """
    process = subprocess.Popen(command, env=variables, pass_fds=files)
    awaited = {signal.SIGCHLD, *CHILD_SIGNALS}
    signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    try:
        while process.poll() is None:
            received = signal.sigtimedwait(awaited, 1)
            if (
                received
                and received.si_signo != signal.SIGCHLD
                and received.si_code <= 0
            ):
                process.send_signal(received.si_signo)
            elif tick and tick():
                tick = None
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, awaited)
    code = process.returncode
    return 128 - code if code < 0 else code
