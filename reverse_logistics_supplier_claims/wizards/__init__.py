from . import reverse_supplier_answer_entry
from . import reverse_supplier_answer_entry_line
from . import reverse_supplier_set_off
from . import reverse_supplier_destruction
