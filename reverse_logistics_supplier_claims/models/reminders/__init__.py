from . import reverse_claim_reminder_mixin
from . import reverse_supplier_agreement
from . import reverse_supplier_claim
