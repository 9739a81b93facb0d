"""Files that tests side by side share."""

import os
from unittest.mock import Mock

from odoo.tests.common import TransactionCase


def test_nobody_empties_the_filestore_of_another_worker():
    shared = "PYTEST_XDIST_WORKER" in os.environ
    assert isinstance(TransactionCase._gc_filestore, Mock) == shared
