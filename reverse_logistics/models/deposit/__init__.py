from . import reverse_deposit
from . import reverse_deposit_rate
from . import reverse_deposit_type
from . import reverse_inspection
from . import reverse_rma_line
from . import reverse_settlement_line
