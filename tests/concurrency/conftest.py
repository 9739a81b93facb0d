import pytest

from .shop import Shop


@pytest.fixture(scope="session")
def shop(new_database):
    """A shop on a database of its own, which these tests commit to."""
    return Shop(new_database())
