from . import reverse_event
from . import reverse_facility
from . import reverse_inspection
from . import repair_order
from . import purchase_order_line
from . import stock_location
from . import stock_move
