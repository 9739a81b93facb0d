from . import reverse_channel
from . import reverse_condition
from . import reverse_disposition
from . import reverse_disposition_step
from . import reverse_facility
from . import reverse_reason
from . import reverse_trait
