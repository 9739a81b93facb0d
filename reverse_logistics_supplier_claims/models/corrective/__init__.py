from . import reverse_corrective_action
from . import reverse_corrective_step
from . import reverse_supplier_claim
