from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
REAL_FILE = CHECKOUT.parent / "shared/data/online_retail_ii_2009-12_2010-08.csv.gz"


@pytest.fixture(scope="session")
def real_file():
    """The published data set, where somebody has laid it beside the checkout."""
    if not REAL_FILE.exists():
        pytest.skip("the data set Online Retail II is not here")
    return REAL_FILE
