from . import reverse_supplier_factor
from . import reverse_supplier_claim_line
