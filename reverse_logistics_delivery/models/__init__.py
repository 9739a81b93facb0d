from . import reverse_event
from . import reverse_label
from . import reverse_rma
from . import stock_picking
