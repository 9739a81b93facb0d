from . import test_credit
from . import test_engine
from . import test_forecast
from . import test_reason
from . import test_tour
from . import test_warning
from . import test_work
