from . import test_expiry
from . import test_remaining_life
