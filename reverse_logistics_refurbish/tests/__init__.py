from . import test_refurbish
