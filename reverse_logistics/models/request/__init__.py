from . import reverse_historic_sale
from . import reverse_inspection
from . import reverse_rma
from . import reverse_rma_line
