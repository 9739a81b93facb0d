from . import reverse_ai_override
from . import reverse_ai_summary
