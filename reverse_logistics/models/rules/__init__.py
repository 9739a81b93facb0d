from . import reverse_rma
from . import reverse_rma_line
from . import reverse_rule_mixin
from . import reverse_rule_named_mixin
from . import reverse_standing_rule_mixin
