from . import reverse_inspection
from . import reverse_supplier_claim
from . import reverse_supplier_claim_line
from . import reverse_supplier_report
from . import reverse_defect_report
from . import reverse_rma
from . import res_partner
