from . import reverse_return_wizard
from . import reverse_return_wizard_line
from . import reverse_return_wizard_counter
from . import reverse_reject_wizard
from . import reverse_erase_wizard
from . import reverse_hold_wizard
from . import reverse_close_short_wizard
from . import reverse_sla_extend_wizard
