from . import res_company
from . import res_config_settings
from . import reverse_facility
from . import reverse_recovery_rate
from . import reverse_recovery_rule
from . import reverse_approval
from . import reverse_approval_rule
from . import reverse_inspection
