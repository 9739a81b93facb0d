from . import test_access
from . import test_repair
from . import test_repair_value
from . import test_repair_own
from . import test_offer
from . import test_quotation_portal
from . import test_demo
