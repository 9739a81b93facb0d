from . import reverse_policy
from . import reverse_policy_rule_mixin
from . import reverse_policy_rule
from . import reverse_policy_version
from . import reverse_portable
