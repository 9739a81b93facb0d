from . import reverse_inspection
from . import reverse_rma_line
from . import stock_lot
from . import stock_picking
from . import stock_quant
