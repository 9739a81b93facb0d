"""A real Odoo server with workers, and the requests its web client would send."""

import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager

import requests

WORKERS = 2
PATIENCE = 60


class Client:
    """A browser of one user."""

    def __init__(self, url, database, login, password):
        self.url = url
        self.session = requests.Session()
        self._post(
            "/web/session/authenticate",
            {"db": database, "login": login, "password": password},
        )

    def call(self, model, method, *args, **kwargs):
        """Give what the method returned, or what the user is told instead."""
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        answer = self._post(f"/web/dataset/call_kw/{model}/{method}", params)
        return answer.get("result"), answer.get("error")

    def _post(self, path, params):
        body = {"jsonrpc": "2.0", "method": "call", "params": params}
        answer = self.session.post(self.url + path, json=body, timeout=PATIENCE)
        answer.raise_for_status()
        return answer.json()


@contextmanager
def serving(database, log):
    """Run the server on a free port; yields its address."""
    port, other_port = free_port(), free_port()
    command = [sys.executable, "-m", "odoo", "server", "--database", database]
    command += ["--workers", str(WORKERS), "--max-cron-threads", "0"]
    command += ["--http-interface", "127.0.0.1", "--http-port", str(port)]
    command += ["--gevent-port", str(other_port), "--logfile", str(log)]
    process = subprocess.Popen(command)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: answers(url, process))
        yield url
    finally:
        # Two signals: the second saves the seconds that idle workers take to notice.
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(url, process):
    assert process.poll() is None, "the server went away"
    try:
        return requests.get(f"{url}/web/health", timeout=PATIENCE).ok
    except requests.ConnectionError:
        return False


def wait_for(condition):
    """Look again until the condition holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def free_port():
    with closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]
