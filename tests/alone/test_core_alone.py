"""A few of the core's tests where it is installed alone: those of `setup/test --core`.

They run in a process of their own, beside the tests of everything.
"""

import re

from tooling import databases, testing

PASSED = re.compile(r"^(\d+) passed", re.MULTILINE)


def test_core_needs_none_of_the_others():
    with databases.temporary() as name:
        result = testing.run_beside(name, testing.alone_paths())
    output = result.stdout + result.stderr
    assert result.returncode == 0, output
    passed = PASSED.search(result.stdout)
    assert passed and int(passed[1]) > 0, output
    print(f"{passed[1]} tests passed where the core is installed alone")
