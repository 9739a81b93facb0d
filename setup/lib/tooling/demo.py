"""`setup/run`: Odoo in the browser, with a demo company and the returns app."""

import argparse
import http.client
import socket
import sys

import psycopg2

from . import cache, databases, environment
from .report import Problem, run_step, say

NAME = "reverse_logistics_demo"
HOST = "127.0.0.1"


def main(arguments):
    """Serve the demo database until Ctrl-C."""
    parser = argparse.ArgumentParser("setup/run", description=__doc__)
    parser.add_argument("--port", type=int, default=8069)
    parser.add_argument("--fresh", action="store_true", help="start from new demo data")
    options = parser.parse_args(arguments)
    check_port(options.port)
    with cache.locked("run", wait=False) as alone:
        if not alone:
            raise Problem("setup/run is already running in another window")
        prepare(options.fresh)
        return serve(options.port)


def check_port(port):
    """Fail clearly when another program listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise Problem(
                f"port {port} is taken by another program: stop it, or choose another "
                f"one with --port ({error.strerror})"
            ) from error


def prepare(fresh):
    """Make the demo database, or bring it to the state of the code."""
    key = databases.content_key()
    if fresh or not databases.exists(NAME):
        databases.create(NAME, demo=True, suite=True)
    elif databases.comment(NAME) != key:
        update()
    databases.set_comment(NAME, key)


def update():
    """Install and update the project's addons in the demo database."""
    modules = ",".join(databases.addons())
    command = [sys.executable, "-m", "odoo", "-d", NAME, "-i", modules, "-u", modules]
    command += ["--stop-after-init", "--no-http", "--max-cron-threads=0", "--with-demo"]
    log = cache.log_file("update-demo")
    title = "Updating the demo company (setup/run --fresh starts anew)"
    run_step(title, command, log, explain=databases.odoo_error)


def serve(port):
    """Run Odoo, its log in a file; say where it is once it answers."""
    log = cache.log_file("run")
    log.unlink(missing_ok=True)
    command = [sys.executable, "-m", "odoo", "-d", NAME, f"--db-filter=^{NAME}$"]
    command += ["--no-database-list", f"--http-port={port}", f"--logfile={log}"]

    def announce():
        if not answers(port):
            return False
        welcome(port, log)
        return True

    code = environment.supervise(command, tick=announce)
    if code not in (0, 130, 143):
        output = log.read_text(errors="replace") if log.exists() else ""
        raise Problem(f"Odoo stopped: {databases.odoo_error(output)} (log: {log})")
    say("stopped")
    return 0


def answers(port):
    """Whether Odoo serves requests."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/web/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def welcome(port, log):
    """Print the address and who may log in."""
    print(f"\n  Odoo runs at http://{HOST}:{port}   (Ctrl-C stops it; log: {log})\n")
    print("  login admin, password admin: administrator")
    for login, name in demo_users():
        print(f"  login {login}, password demo: {name}")
    print(flush=True)


def demo_users():
    """Logins and names of the users in this project's demo data."""
    query = """
        SELECT u.login, p.name
          FROM ir_model_data d
          JOIN res_users u ON u.id = d.res_id
          JOIN res_partner p ON p.id = u.partner_id
         WHERE d.model = 'res.users' AND d.module = ANY(%s) AND u.active
         ORDER BY u.id
    """
    connection = psycopg2.connect(dbname=NAME)
    try:
        with connection.cursor() as cursor:
            cursor.execute(query, [list(databases.addons())])
            return cursor.fetchall()
    finally:
        connection.close()


if __name__ == "__main__":
    from .__main__ import guarded

    sys.exit(guarded(lambda: main(sys.argv[1:])))
