from . import reverse_agreement
from . import reverse_exception
from . import reverse_holiday
from . import reverse_legal_rule
from . import reverse_policy_version
from . import reverse_rma
from . import reverse_rma_line
from . import reverse_transit_time
