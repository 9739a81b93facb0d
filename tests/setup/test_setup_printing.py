"""wkhtmltopdf comes unpacked, and nothing else needs it."""

import subprocess

from tooling import cache, debian, printing
from tooling.report import Problem

# Stands in for the loader: tells how it was called.
LOADER = '#!/bin/sh\necho "$@"\necho "$QT_QPA_PLATFORM $FONTCONFIG_SYSROOT"\n'


def unpack(folder):
    """Lay out what the packages would, as far as the script needs it."""
    place = folder / "root" / "lib" / "some-linux-gnu"
    place.mkdir(parents=True)
    loader = place / "ld-linux-some.so.2"
    loader.write_text(LOADER)
    loader.chmod(0o755)


def test_program_is_started_with_what_came_with_it(cache_folder, monkeypatch):
    monkeypatch.setattr(printing.shutil, "which", lambda program: None)
    monkeypatch.setattr(cache, "require_space", lambda *arguments: None)
    monkeypatch.setattr(printing, "fetch", lambda downloads: downloads.mkdir())
    monkeypatch.setattr(
        printing, "run_step", lambda *arguments: unpack(arguments[1][4].parent)
    )
    (folder,) = printing.folders()
    root = cache_folder / "wkhtmltopdf" / "bookworm" / "root"
    assert folder == str(root.parent / "bin")
    answer = subprocess.run(
        [f"{folder}/wkhtmltopdf", "a page.html", "-"], capture_output=True, text=True
    )
    libraries = f"{root}/lib/some-linux-gnu:{root}/usr/lib/some-linux-gnu"
    assert answer.stdout.splitlines() == [
        f"--library-path {libraries} {root}/usr/bin/wkhtmltopdf a page.html -",
        f"offscreen {root}",
    ]


def test_what_the_system_has_is_used(cache_folder, monkeypatch):
    monkeypatch.setattr(printing.shutil, "which", lambda program: f"/usr/bin/{program}")
    assert printing.folders() == []


def test_everything_else_works_where_it_cannot_be_had(
    cache_folder, monkeypatch, capsys
):
    def mirror(otherwise):
        raise Problem(f"no mirror: {otherwise}")

    monkeypatch.setattr(printing.shutil, "which", lambda program: None)
    monkeypatch.setattr(cache, "require_space", lambda *arguments: None)
    monkeypatch.setattr(debian, "mirror", mirror)
    assert printing.folders() == []
    assert (
        "cannot be printed: no mirror: install wkhtmltopdf" in capsys.readouterr().err
    )
