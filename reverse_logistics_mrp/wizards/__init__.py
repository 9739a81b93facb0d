from . import reverse_return_wizard
