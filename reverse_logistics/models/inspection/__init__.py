from . import reverse_evidence_mixin
from . import reverse_inspection
from . import reverse_inspection_answer
from . import reverse_inspection_choice
from . import reverse_inspection_question
from . import reverse_inspection_template
from . import reverse_rma_line
