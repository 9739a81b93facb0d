"""The cache: whole or not there, and one builder at a time."""

import os
from types import SimpleNamespace

import pytest

from tooling import cache
from tooling.report import Problem


def test_interrupted_build_is_mended(cache_folder):
    def interrupted(folder):
        (folder / "half").write_text("half of it")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.built("thing", interrupted)
    made = cache.built("thing", lambda folder: (folder / "whole").touch())
    assert made == cache_folder / "thing"
    assert {path.name for path in made.iterdir()} == {"whole", ".complete"}


def test_build_happens_once(cache_folder):
    calls = []
    cache.built("thing", calls.append)
    cache.built("thing", calls.append)
    assert calls == [cache_folder / "thing"]


def test_lock_keeps_others_out(cache_folder):
    with cache.locked("work") as first, cache.locked("work", wait=False) as second:
        assert first is not None
        assert second is None
    with cache.locked("work", wait=False) as later:
        assert later is not None


def test_shared_locks_allow_each_other(cache_folder):
    with cache.locked("use", shared=True), cache.locked("use", shared=True) as second:
        assert second is not None
        with cache.locked("use", wait=False) as alone:
            assert alone is None


def test_full_disk_is_told_before_work_starts(cache_folder, monkeypatch):
    usage = SimpleNamespace(free=100 * 2**20)
    monkeypatch.setattr(cache.shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(Problem, match="needs 2500 MB .* has 100 MB free: make room"):
        cache.require_space(2500, "unpacking Odoo")
    cache.require_space(50, "something small")


def test_write_leaves_the_old_file_when_it_fails(tmp_path, monkeypatch):
    path = tmp_path / "file"
    cache.write(path, "old")

    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        cache.write(path, "new")
    assert path.read_text() == "old"


def test_digest_tells_parts_apart(tmp_path):
    file = tmp_path / "file"
    file.write_text("a")
    assert cache.digest("ab", "c") != cache.digest("a", "bc")
    assert cache.digest(file) == cache.digest("a")
    before = cache.digest(file)
    file.write_text("b")
    assert cache.digest(file) != before


def test_cache_folder_can_be_moved(monkeypatch, tmp_path):
    monkeypatch.delenv("REVERSE_LOGISTICS_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.root() == tmp_path / "reverse-logistics"
    monkeypatch.setenv("REVERSE_LOGISTICS_CACHE", str(tmp_path / "other"))
    assert cache.root() == tmp_path / "other"
