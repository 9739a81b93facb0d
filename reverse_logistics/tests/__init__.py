from . import test_over_return
