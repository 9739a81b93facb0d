from . import test_refurbish
from . import test_refurbish_value
