from . import stock_move
from . import reverse_supplier_claim
from . import reverse_supplier_claim_line
