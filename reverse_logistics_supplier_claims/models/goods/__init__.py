from . import purchase_order_line
from . import reverse_inspection
from . import reverse_supplier_claim
from . import reverse_supplier_claim_line
from . import stock_move
