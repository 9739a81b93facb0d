from . import account_move
from . import account_move_line
from . import reverse_offer
from . import reverse_settlement
from . import reverse_settlement_line
from . import sale_order
from . import sale_order_coupon_points
from . import sale_order_line
