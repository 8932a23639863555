"""spec/proximity/kernels.md: compiled code on disk belongs to the sources that stand beside it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numba", reason="the extra fast is not installed")

from dp3t.proximity.kernels import features
from project import ROOT

if not features.SUPPORTED:
    pytest.skip("the processor has no AES instructions", allow_module_level=True)

LOAD = """
from dp3t.proximity.kernels import engine, native
stats = lambda: native.mark_hybrid.stats
print(engine.status("hybrid").there, len(stats().cache_hits), len(stats().cache_misses))
"""


class Copy:
    """A copy of the library that keeps compiled code in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.kernels = folder / "dp3t/proximity/kernels"
        self.cache = folder / "cache"
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "dp3t", folder / "dp3t", ignore=ignored)
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(folder),
            "PYTHONDONTWRITEBYTECODE": "1",
            "NUMBA_CACHE_DIR": str(self.cache),
        }

    def loaded(self) -> str:
        """Return whether the hybrid kernel passes its test, and how often it came from disk."""
        done = subprocess.run(
            [sys.executable, "-c", LOAD],
            check=True,
            capture_output=True,
            text=True,
            env=self._environment,
            cwd=self.kernels,
        )
        return done.stdout.strip()

    def replace(self, source: str, old: str, new: str) -> None:
        path = self.kernels / source
        text = path.read_text()
        assert text.count(old) == 1
        path.write_text(text.replace(old, new))

    def files(self) -> list[str]:
        return sorted(path.name for path in self.cache.rglob("*") if path.is_file())


@pytest.mark.spec("KERNELS-9")
def test_a_byte_changed_in_what_a_kernel_calls_compiles_it_anew(tmp_path: Path) -> None:
    """The kernel's own file stays as it is; the change makes it derive something else."""
    copy = Copy(tmp_path)
    assert copy.loaded() == "True 0 1"
    assert copy.loaded() == "True 1 0"
    files = copy.files()
    assert len(files) == 2
    copy.replace("programs.py", 'b"DP3T-HYBRID"', 'b"DP3T-HYBRIE"')
    assert copy.loaded() == "False 0 1"
    copy.replace("programs.py", 'b"DP3T-HYBRIE"', 'b"DP3T-HYBRID"')
    assert copy.files() == files, "old code has to be overwritten"
    copy.replace("native.py", "\nclass Work", "\n\n\nclass Work")  # moves every kernel
    copy.replace("native.py", "range(work.state[QUEUED])", "range(work.state[PARITY])")
    assert copy.loaded() == "False 0 1"
    assert copy.files() == files, "old code has to be overwritten"
