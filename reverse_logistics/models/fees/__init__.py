from . import reverse_fee_rule
from . import reverse_rate_mixin
from . import reverse_rma
from . import reverse_rma_line
from . import reverse_settlement
from . import reverse_settlement_line
