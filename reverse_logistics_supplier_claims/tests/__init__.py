from . import test_engine
from . import test_pumps
from . import test_opening
from . import test_access
from . import test_money
from . import test_engine_carrier
from . import test_carrier
from . import test_terms
