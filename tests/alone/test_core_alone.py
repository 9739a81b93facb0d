"""A few of the core's tests where it is installed alone: those of `setup/test --core`.

They run in a process of their own, beside the tests of everything.
"""

import os
import re
import subprocess
import sys

from tooling import cache, databases, testing

PASSED = re.compile(r"^(\d+) passed", re.MULTILINE)


def test_core_needs_none_of_the_others():
    # It is not one of the processes that share the tests of everything.
    variables = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    with databases.temporary() as name:
        command = [sys.executable, "-m", "pytest", f"--rootdir={cache.CHECKOUT}"]
        command += [f"--odoo-database={name}", "--odoo-http", "-p", "no:cacheprovider"]
        command += ["-q", "--tb=short", *testing.alone_paths()]
        result = subprocess.run(
            command, cwd=cache.CHECKOUT, env=variables, capture_output=True, text=True
        )
    output = result.stdout + result.stderr
    assert result.returncode == 0, output
    passed = PASSED.search(result.stdout)
    assert passed and int(passed[1]) > 0, output
    print(f"{passed[1]} tests passed where the core is installed alone")
