from . import reverse_return_wizard
from . import reverse_reject_wizard
