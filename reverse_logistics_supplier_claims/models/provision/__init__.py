from . import account_move
from . import res_company
from . import res_config_settings
from . import reverse_supplier_claim
from . import reverse_supplier_hold
from . import reverse_supplier_loss
