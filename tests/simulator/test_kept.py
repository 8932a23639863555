"""Compiled functions that are loaded from the disk without getting ready to compile."""

import os
import subprocess
import sys
from pathlib import Path

MODULE = """
import sys
import numpy as np
from dp3t_simulator.compiled import compiled

@compiled
def doubled(numbers):
    return 2 * numbers + np.ones(len(numbers))

@compiled
def summed(numbers):
    return doubled(numbers).sum()

@compiled
def tripled(numbers):
    return doubled(numbers) + numbers
"""

COMPILING = "print('numba.np.arrayobj' in sys.modules, len(summed.stats.cache_hits))"
"""Whether numba got ready to compile, and how often a function was found on the disk."""


def ran(folder: Path, code: str) -> str:
    """Return what a program of its own prints."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder / "kept")}
    command = [sys.executable, "-c", f"from functions import *\nn = np.arange(4.0)\n{code}"]
    paths = [str(folder), *sys.path]
    done = subprocess.run(
        command,
        env=environment | {"PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_what_is_kept_is_loaded_alone_and_put_into_what_is_compiled_later(tmp_path: Path) -> None:
    (tmp_path / "functions.py").write_text(MODULE, encoding="utf-8")
    assert ran(tmp_path, f"print(summed(n)); {COMPILING}") == "16.0\nTrue 0\n"
    second = ran(tmp_path, f"print(summed(n)); {COMPILING}\nprint(tripled(n))")
    assert second == "16.0\nFalse 1\n[ 1.  4.  7. 10.]\n"
    otherwise = (
        "from dp3t_simulator.kept import QuickCache\n"
        "del QuickCache._kept  # as with a numba that is made otherwise\n"
    )
    assert ran(tmp_path, f"{otherwise}print(summed(n)); {COMPILING}") == "16.0\nTrue 1\n"


def test_what_names_a_type_that_is_gone_is_compiled_anew(tmp_path: Path) -> None:
    """As after an update that moved a type, when the function's own file stayed as it was."""
    shapes, types = tmp_path / "shapes.py", "from typing import NamedTuple\n"
    measuring = (
        "import numpy as np\n"
        "import shapes\n"
        "from dp3t_simulator.compiled import compiled\n"
        "@compiled\n"
        "def area(shape):\n"
        "    return shape.width * shape.height\n"
    )
    (tmp_path / "functions.py").write_text(measuring, encoding="utf-8")
    for name, seen in (("Square", "6 0\n"), ("Square", "6 1\n"), ("Rectangle", "6 0\n")):
        made = f"class {name}(NamedTuple):\n    width: int\n    height: int\n"
        shapes.write_text(types + made, encoding="utf-8")
        code = f"print(area(shapes.{name}(2, 3)), len(area.stats.cache_hits))"
        assert ran(tmp_path, code) == seen
