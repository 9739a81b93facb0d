from . import account_move_line
from . import reverse_event
from . import reverse_inspection
from . import reverse_rma
from . import reverse_rma_line
from . import sale_order_line
from . import stock_move
from . import stock_picking
