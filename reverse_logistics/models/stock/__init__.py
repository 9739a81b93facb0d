from . import reverse_inspection
from . import reverse_stock
from . import reverse_stock_difference
