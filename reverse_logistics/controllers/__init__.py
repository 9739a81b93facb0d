from . import guest
from . import portal
from . import thread
from . import upload
from . import withdrawal
