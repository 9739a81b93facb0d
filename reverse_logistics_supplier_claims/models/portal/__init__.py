from . import reverse_supplier_answer
from . import reverse_supplier_claim
