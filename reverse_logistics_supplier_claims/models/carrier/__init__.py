from . import reverse_claim_deadline
from . import reverse_supplier_agreement
from . import reverse_supplier_claim
from . import reverse_rma
from . import reverse_rma_line
from . import reverse_inspection
from . import stock_picking
