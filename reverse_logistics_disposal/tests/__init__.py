from . import test_demo
from . import test_destroyed
from . import test_disposal
from . import test_engine
