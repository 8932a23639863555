"""The benchmark of publication: it runs against a real server, and tells time from memory."""

import json
import os
import subprocess
import sys

from benchmarks.server.processes import Taken, peak_mb
from project import ROOT


def test_a_process_took_what_it_took() -> None:
    before = Taken.so_far(os.getpid())
    while Taken.so_far(os.getpid()).cpu_seconds < before.cpu_seconds + 0.1:
        pass
    taken = Taken.so_far(os.getpid()).since(before)
    assert 0.1 <= taken.cpu_seconds <= taken.seconds + 0.02
    assert 20 < peak_mb(os.getpid()) < 10_000


def test_a_small_run_publishes_the_batch_that_the_library_makes() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.server.publication",
            "--keys=500",
            "--rounds=1",
            "--json",
        ],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    (row,) = document["rounds"]
    assert document["keys"] == 500
    assert 50 < row["before_mb"] <= row["peak_mb"] < 600
    assert row["server"]["seconds"] > 0
