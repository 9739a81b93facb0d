import pytest


@pytest.fixture
def cache_folder(tmp_path, monkeypatch):
    """A cache of the test's own."""
    monkeypatch.setenv("REVERSE_LOGISTICS_CACHE", str(tmp_path))
    return tmp_path
