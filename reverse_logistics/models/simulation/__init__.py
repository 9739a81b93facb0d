from . import reverse_policy_version
from . import reverse_rma_line
from . import reverse_simulation
from . import reverse_simulation_change
from . import reverse_simulation_line
