from . import reverse_supplier_claim
from . import reverse_supplier_claim_bill
from . import reverse_supplier_claim_line
from . import purchase_order_line
from . import account_move
from . import account_move_line
from . import account_partial_reconcile
from . import stock_move
