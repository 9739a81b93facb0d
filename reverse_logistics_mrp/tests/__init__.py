from . import test_attacks_kits
from . import test_kits
from . import test_made
from . import test_access
from . import test_demo
