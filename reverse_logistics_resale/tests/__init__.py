from . import test_demo
from . import test_engine
from . import test_liquidation
from . import test_liquidation_edited
from . import test_liquidation_value
from . import test_regrade
