"""The engine runs without Odoo, without a database, without a clock."""

import ast
import subprocess
import sys
from pathlib import Path

ENGINE = Path(__file__).resolve().parents[2] / "reverse_logistics" / "engine"
MODULES = sorted(path.stem for path in ENGINE.glob("*.py") if path.stem != "__init__")
ALLOWED = {
    "bisect",
    "calendar",
    "collections",
    "csv",
    "dataclasses",
    "datetime",
    "decimal",
    "hashlib",
    "hmac",
    "io",
    "itertools",
    "json",
    "math",
    "re",
    "typing",
    "zipfile",
}


def test_imports_nothing_but_a_few_standard_modules():
    found = set()
    for path in ENGINE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(node.module.split(".")[0])
    assert found <= ALLOWED
    assert "decimal" in found


def test_imports_in_a_bare_interpreter():
    imports = "; ".join(f"import engine.{name}" for name in MODULES)
    script = f"import sys; {imports}; print('odoo' in sys.modules)"
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-c",
            f"import sys; sys.path.insert(0, {str(ENGINE.parent)!r}); {script}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == "False"


def test_never_asks_for_the_time():
    source = "".join(path.read_text() for path in ENGINE.glob("*.py"))
    assert ".now(" not in source
    assert ".today(" not in source
