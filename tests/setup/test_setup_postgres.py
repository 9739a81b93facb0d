"""The database server: the user's own, or a private one that nobody leaves behind."""

import os
import shutil
import tempfile
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from tooling import cache, databases, postgres, system
from tooling.report import Problem


def test_server_of_the_user_by_address():
    url = "postgresql://odoo:p%40ss@db.test:5433/ignored"
    assert postgres.own_server({"DATABASE_URL": url}) == {
        "PGHOST": "db.test",
        "PGPORT": "5433",
        "PGUSER": "odoo",
        "PGPASSWORD": "p@ss",
    }


def test_server_of_the_user_by_variables():
    named = {"PGHOST": "/run/postgresql", "PGUSER": "me"}
    assert postgres.own_server({**named, "HOME": "/"}) == named
    assert postgres.own_server({"PGUSER": "me"}) is None


@pytest.mark.parametrize("url", ["mysql://host/db", "host:5432", "postgresql:///db"])
def test_address_that_names_no_server(url):
    with pytest.raises(Problem, match="DATABASE_URL is not of the form"):
        postgres.from_url(url)


def test_silent_server_is_one_line(monkeypatch):
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    monkeypatch.setenv("PGPORT", "9")
    with pytest.raises(Problem, match="answer: .*Connection refused") as caught:
        databases.execute("SELECT 1")
    assert "\n" not in str(caught.value)


def installed(folder, *versions):
    for version in versions:
        (folder / version / "bin").mkdir(parents=True)
        (folder / version / "bin" / "initdb").touch()


def test_newest_server_programs(tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "INSTALLED", tmp_path)
    installed(tmp_path, "9", "15", "17")
    assert postgres.binaries() == (17, tmp_path / "17" / "bin")


def test_unsupported_server(tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "INSTALLED", tmp_path)
    installed(tmp_path, "11")
    with pytest.raises(Problem, match="needs PostgreSQL 13 or newer; here is 11"):
        postgres.binaries()
    with pytest.raises(Problem, match="needs PostgreSQL 13 or newer; here is 12"):
        databases.check_version(12)


def test_missing_server_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "INSTALLED", tmp_path)
    monkeypatch.setattr(system.os, "geteuid", lambda: 1000)
    with pytest.raises(Problem, match="apt-get install postgresql"):
        postgres.binaries()


def test_reason_in_the_servers_log():
    log = "LOG:  starting\nFATAL:  could not create lock file: No space left\nLOG: x\n"
    assert (
        postgres.server_error(log)
        == "FATAL:  could not create lock file: No space left"
    )


@pytest.fixture
def cluster(cache_folder, monkeypatch):
    """A private server in a short-lived place that its owner may enter."""
    place = Path(tempfile.mkdtemp(prefix="rl-", dir="/tmp"))
    place.chmod(0o755)
    monkeypatch.setattr(postgres, "home", lambda owner: place)
    yield postgres.Cluster()
    shutil.rmtree(place)


def answers(server):
    names = {
        "host": server["PGHOST"],
        "port": server["PGPORT"],
        "user": server["PGUSER"],
    }
    try:
        psycopg2.connect(dbname="postgres", **names).close()
    except psycopg2.OperationalError:
        return False
    return True


def test_last_user_stops_the_server(cluster):
    server = cluster.variables()
    with cluster.in_use():
        with cluster.in_use():
            assert answers(server)
        assert answers(server)
    assert not answers(server)


def test_server_does_not_wait_for_the_disk(cluster):
    names = {"host": str(cluster.home), "port": postgres.PORT, "user": postgres.USER}
    with cluster.in_use():
        with closing(psycopg2.connect(dbname="postgres", **names)) as connection:
            cursor = connection.cursor()
            for setting in postgres.HASTE:
                name, value = setting.split("=")
                cursor.execute("SELECT current_setting(%s)", [name])
                assert cursor.fetchone() == (value,)


def test_server_survives_a_crash(cluster):
    with cluster.in_use():
        pid = int((cluster.data / "postmaster.pid").read_text().split()[0])
        cluster._control("stop", "-m", "immediate", "-w")
    with cluster.in_use():
        assert answers(cluster.variables())
        assert int((cluster.data / "postmaster.pid").read_text().split()[0]) != pid


def test_interrupted_creation_is_mended(cluster, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(postgres, "run_step", interrupted)
        with pytest.raises(KeyboardInterrupt), cluster.in_use():
            pass
    assert not cluster.data.exists()
    with cluster.in_use():
        assert answers(cluster.variables())


@pytest.mark.parametrize("length", [20, 90])
def test_socket_path_stays_short(monkeypatch, length):
    folder = f"/tmp/{'x' * length}"
    monkeypatch.setenv("REVERSE_LOGISTICS_CACHE", folder)
    place = postgres.home(None)
    assert (str(place) == folder) == (length < 60)
    assert len(os.fspath(place / "postgresql-17" / ".s.PGSQL.5432")) < 107
    assert place == postgres.home(None)
    monkeypatch.setenv("REVERSE_LOGISTICS_CACHE", folder + "y")
    assert place != postgres.home(None)
    assert cache.root() == Path(folder + "y")
