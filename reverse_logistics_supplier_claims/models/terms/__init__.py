from . import reverse_supplier_code
from . import reverse_supplier_agreement
from . import reverse_supplier_claim
from . import reverse_supplier_claim_line
from . import stock_lot
from . import stock_move
