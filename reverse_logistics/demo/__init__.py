from . import reverse_demo
from . import reverse_demo_distributor
from . import reverse_demo_distributor_claims
from . import reverse_demo_apparel
from . import reverse_demo_policy
