from . import mail_thread
from . import reverse_supplier_answer
from . import reverse_supplier_claim
