from . import reverse_evidence_mixin
from . import reverse_inspection
from . import reverse_rma_line
