from . import reverse_rma
from . import reverse_rma_line
