from . import account_move_line
from . import reverse_inspection
from . import reverse_supplier_agreement
from . import stock_move
