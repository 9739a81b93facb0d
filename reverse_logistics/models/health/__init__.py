from . import reverse_health
from . import reverse_health_issue
from . import reverse_health_score
