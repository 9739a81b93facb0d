from . import test_over_return
from . import test_state_table
from . import test_sources
from . import test_receipt
from . import test_guards
from . import test_credit_basis
from . import test_tour
from . import test_events
