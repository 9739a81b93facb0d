from . import reverse_supplier_claim
from . import reverse_supplier_claim_line
from . import reverse_stock_difference
from . import stock_move
from . import stock_picking
from . import stock_quant
