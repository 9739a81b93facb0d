from . import guest
from . import portal
from . import upload
from . import withdrawal
