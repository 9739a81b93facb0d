from . import test_choice
from . import test_demo
from . import test_engine
from . import test_overrides
from . import test_rates
