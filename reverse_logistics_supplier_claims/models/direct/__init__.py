from . import reverse_exception
from . import reverse_inspection
from . import reverse_rma
from . import reverse_rma_line
from . import reverse_supplier_agreement
from . import reverse_supplier_claim_line
