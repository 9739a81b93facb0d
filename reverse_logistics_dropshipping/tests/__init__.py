from . import test_direct
from . import test_to_stock
