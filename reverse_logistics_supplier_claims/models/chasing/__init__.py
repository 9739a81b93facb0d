from . import res_partner
from . import reverse_corrective_action
from . import reverse_corrective_step
