from . import reverse_event
from . import reverse_event_seal
from . import reverse_rma
