from . import reverse_event
from . import reverse_policy_rule
from . import reverse_rma
from . import reverse_rma_line
from . import reverse_inspection
from . import repair_order
from . import sale_order
from . import stock_move
