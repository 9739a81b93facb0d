"""Fetching Odoo with apt, beside the system's own apt."""

import pytest

from tooling import cache, debian
from tooling.report import Problem

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
DEB822 = f"""Types: deb
URIs: http://mirror.test/debian-security
Suites: bookworm-security
Components: main
Signed-By: {KEYRING}

Types: deb
URIs: http://mirror.test/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: {KEYRING}
"""


@pytest.fixture
def etc(tmp_path):
    (tmp_path / "sources.list.d").mkdir()
    return tmp_path


def test_mirror_of_a_sources_file(etc):
    (etc / "sources.list.d" / "debian.sources").write_text(DEB822)
    assert debian.mirror(etc) == ("http://mirror.test/debian", KEYRING)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("deb http://mirror.test/debian bookworm main", ""),
        (
            f"deb [arch=amd64 signed-by={KEYRING}] http://mirror.test/debian/ x main",
            KEYRING,
        ),
        ("deb http://mirror.test/debian trixie contrib main", ""),
    ],
)
def test_mirror_of_a_sources_list(etc, line, found):
    (etc / "sources.list").write_text(f"# comment\n{line}\n")
    address, keyring = debian.mirror(etc)
    assert address.rstrip("/") == "http://mirror.test/debian"
    assert keyring == found


def test_no_mirror_names_the_way_out(etc):
    (etc / "sources.list").write_text("deb http://archive.test/ubuntu noble main\n")
    with pytest.raises(Problem, match="set ODOO_HOME"):
        debian.mirror(etc)


def test_apt_works_on_its_own_state(tmp_path):
    options = debian.apt_options(tmp_path, "http://mirror.test/debian", KEYRING)
    for setting in ("Dir::Etc::sourcelist", "Dir::State::lists", "Dir::Cache"):
        (option,) = (text for text in options if text.startswith(f"-o{setting}="))
        assert option.startswith(f"-o{setting}={tmp_path}/")
    sources = (tmp_path / "sources.list").read_text()
    start = f"deb [signed-by={KEYRING}] http://mirror.test/debian"
    assert sources == f"{start} sid main\n{start} bookworm main\n"


def test_no_network_is_one_line_and_the_next_start_mends_it(cache_folder, monkeypatch):
    # Nothing listens on the port of "discard".
    monkeypatch.setattr(
        debian, "mirror", lambda: ("http://127.0.0.1:9/debian", KEYRING)
    )
    monkeypatch.setattr(cache, "require_space", lambda *arguments: None)
    with pytest.raises(Problem, match="lists failed: the network did not answer"):
        debian.tree()

    def fetched(downloads):
        downloads.mkdir()
        (downloads / "odoo-19_19.0.0_all.deb").touch()

    monkeypatch.setattr(debian, "fetch", fetched)
    monkeypatch.setattr(debian, "run_step", lambda *arguments: "")
    tree = debian.tree()
    assert tree == cache_folder / "odoo-debian" / debian.TREE
    assert (cache_folder / "odoo-debian" / "version").read_text() == "19.0.0"


def test_missing_script_is_put_in_place_once(tmp_path):
    debian.add_missing_files(tmp_path)
    stub = tmp_path / debian.STRIPPED
    assert stub.read_text().startswith("/*")
    stub.write_text("the real one")
    debian.add_missing_files(tmp_path)
    assert stub.read_text() == "the real one"
