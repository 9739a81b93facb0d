from . import reverse_exception
from . import reverse_inspection
from . import reverse_offer
from . import reverse_rma
from . import reverse_rma_line
from . import reverse_settlement
from . import reverse_settlement_line
