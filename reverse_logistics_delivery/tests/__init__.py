from . import test_access
from . import test_carrier
from . import test_label
from . import test_list_budget
from . import test_portal_send
from . import test_scans
from . import test_tracking
from . import test_withdrawal
