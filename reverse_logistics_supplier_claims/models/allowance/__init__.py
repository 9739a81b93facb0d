from . import reverse_supplier_allowance
from . import reverse_supplier_agreement
from . import reverse_supplier_claim_line
