from . import reverse_supplier_agreement
from . import reverse_supplier_claim
from . import reverse_supplier_claim_line
