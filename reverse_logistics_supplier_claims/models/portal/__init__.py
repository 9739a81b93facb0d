from . import reverse_corrective_step
from . import reverse_supplier_answer
from . import reverse_supplier_claim
from . import reverse_supplier_claim_line
