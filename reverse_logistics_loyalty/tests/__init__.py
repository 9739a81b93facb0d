from . import test_promotions
from . import test_withheld
