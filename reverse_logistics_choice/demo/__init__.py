from . import reverse_demo
