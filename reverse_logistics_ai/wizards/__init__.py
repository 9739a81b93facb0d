from . import reverse_ai_override
from . import reverse_ai_summary
from . import reverse_facility_day
