from . import reverse_supplier_claim
