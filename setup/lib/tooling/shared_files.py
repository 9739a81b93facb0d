"""A fixture for all pytest runs: what tests share when they run side by side."""

import os
from unittest.mock import patch

import pytest


@pytest.fixture(scope="session", autouse=True)
def kept_files():
    """Keep files of attachments until the end of the session.

    Tests side by side have databases of their own and one filestore. Odoo empties it
    after each class of what its own database does not know: the files that another test
    has just written are among that.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        yield
        return
    from odoo.tests.common import TransactionCase

    with patch.object(TransactionCase, "_gc_filestore"):
        yield
