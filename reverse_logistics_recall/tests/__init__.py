from . import test_demo
from . import test_engine
from . import test_recall
from . import test_recall_numbers
