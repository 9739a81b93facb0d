from . import reverse_inspection
from . import reverse_settlement
from . import reverse_supplier_agreement
from . import reverse_supplier_answer
from . import reverse_supplier_claim
