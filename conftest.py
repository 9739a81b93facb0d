from tooling.pace import (  # noqa: F401
    pytest_collection_modifyitems,
    pytest_terminal_summary,
)
from tooling.shared_files import kept_files  # noqa: F401
from tooling.warm import committed_company, warm_caches  # noqa: F401
