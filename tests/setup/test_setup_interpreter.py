"""Python, the launcher before it, and where Odoo comes from."""

import os
import shutil
import subprocess

import pytest

from tooling import cache, interpreter, source, system
from tooling.report import Problem

LAUNCH = cache.SETUP / "lib" / "launch"


@pytest.mark.parametrize("version", [(3, 9), (3, 14), (2, 7)])
def test_unsupported_python(version):
    found = "{}.{}".format(*version)
    with pytest.raises(Problem, match=rf"Python 3\.10 to 3\.13, .* here is {found}"):
        interpreter.check_version(version)


@pytest.mark.parametrize("minor", [10, 11, 12, 13])
def test_supported_python(minor):
    assert interpreter.check_version((3, minor)) is None


def test_pip_error_is_its_last():
    output = (
        "Looking\nERROR: Ignored the following versions: 2\n"
        "ERROR: No matching distribution found for x==1\n\n[notice] A new release\n"
    )
    assert interpreter.pip_error(output).endswith(
        "No matching distribution found for x==1"
    )


def test_requirements_are_pinned_exactly():
    files = (
        interpreter.REQUIREMENTS,
        interpreter.TEST_REQUIREMENTS,
        interpreter.ADDON_REQUIREMENTS,
    )
    lines = [line for file in files for line in file.read_text().splitlines()]
    loose = [line for line in lines if line[:1] not in ("", "#") and "==" not in line]
    assert loose == []


def test_launcher_without_python_names_the_package(tmp_path):
    for name in ("sh", "id", "dirname"):
        (tmp_path / name).symlink_to(shutil.which(name))
    result = subprocess.run(
        [LAUNCH, "odoo"], env={"PATH": str(tmp_path)}, capture_output=True, text=True
    )
    assert result.returncode == 1
    assert result.stderr == (
        "[setup] python3 is missing; install it with: "
        "apt-get install python3 python3-venv\n"
    )


def test_package_to_install_is_named_to_those_who_cannot(monkeypatch):
    monkeypatch.setattr(system.os, "geteuid", lambda: 1000)
    with pytest.raises(Problem, match="is missing; .*: apt-get install postgresql$"):
        system.require_packages(["postgresql"], "a PostgreSQL server")


def checkout(folder, series):
    (folder / "odoo").mkdir()
    release = f"series = {series!r}\nversion = series\n"
    (folder / "odoo" / "release.py").write_text(release)
    (folder / "addons" / "web").mkdir(parents=True)
    return folder


def test_checkout_of_the_user_comes_first(tmp_path, monkeypatch):
    monkeypatch.delenv(source.VARIABLE)
    monkeypatch.setenv("ODOO_HOME", str(checkout(tmp_path, "19.0")))
    found = source.find()
    assert found.path == str(tmp_path)
    assert found.addons == (str(tmp_path / "addons"),)
    assert found.version.startswith("19.0 ")


def test_checkout_of_another_series(tmp_path):
    with pytest.raises(Problem, match="holds Odoo 18.0; this needs 19.0"):
        source.from_checkout(checkout(tmp_path, "18.0"))


def test_folder_without_odoo(tmp_path):
    with pytest.raises(Problem, match="is not a checkout of Odoo"):
        source.from_checkout(tmp_path)


def test_installed_odoo_is_found(tmp_path, monkeypatch):
    site = tmp_path / "site-packages"
    site.mkdir()
    checkout(site, "19.0")
    monkeypatch.setenv("PYTHONPATH", str(site))
    found = source.installed()
    assert found.version == f"19.0 {site / 'odoo' / 'release.py'}"
    assert str(site) in found.sites
    assert not found.path


def test_programs_we_start_find_the_same_odoo():
    assert source.VARIABLE in os.environ
    assert source.find().version.startswith("19.0")
