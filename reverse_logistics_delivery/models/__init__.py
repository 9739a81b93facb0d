from . import delivery_carrier
from . import reverse_event
from . import reverse_label
from . import reverse_rma
from . import reverse_settlement_line
from . import reverse_transit_time
from . import stock_picking
