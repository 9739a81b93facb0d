from . import test_kits
from . import test_access
