from . import reverse_policy_version
from . import reverse_rma
from . import reverse_rma_line
