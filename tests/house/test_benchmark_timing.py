"""The benchmark of times: its measures are right, and it finds the leak that the pace closes."""

import json
import subprocess
import sys

import pytest

from benchmarks.server.distances import area_under_curve, critical_distance, kolmogorov_smirnov
from project import ROOT


@pytest.mark.parametrize(
    ("one", "other", "distance", "area"),
    [
        ([1, 2, 3, 4], [1, 2, 3, 4], 0.0, 0.5),
        ([1, 2, 3, 4], [5, 6, 7, 8], 1.0, 1.0),
        ([5, 6, 7, 8], [1, 2, 3, 4], 1.0, 1.0),
        ([1, 2, 3, 4], [3, 4, 5, 6], 0.5, 0.875),
        ([1, 4], [2, 3], 0.5, 0.5),
        ([1, 1, 1], [1, 1], 0.0, 0.5),
    ],
)
def test_the_distances_of_small_samples(
    one: list[float], other: list[float], distance: float, area: float
) -> None:
    assert kolmogorov_smirnov(one, other) == pytest.approx(distance)
    assert area_under_curve(one, other) == pytest.approx(area)


def test_the_critical_distance_is_the_published_one() -> None:
    """1.949 * sqrt((n + m) / (n * m)) at 0.001, from the tables of the two-sample test."""
    assert critical_distance(100, 100) == pytest.approx(0.27563, abs=1e-4)
    assert critical_distance(50, 200) == pytest.approx(0.30816, abs=1e-4)


def test_without_the_pace_a_few_uploads_tell_real_ones_from_all_others() -> None:
    program = (sys.executable, "-m", "benchmarks.server.timing")
    done = subprocess.run(
        [*program, "--samples", "30", "--milliseconds", "50", "--json"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 1), done.stderr
    document = json.loads(done.stdout)
    assert document["samples"] == 30
    rows = {(row["pace"], row["measure"], row["kind"]): row for row in document["rows"]}
    assert len(rows) == 16
    for kind in ("dummy", "wrong", "repeated"):
        assert rows[0, "first byte", kind]["told_apart"]
        assert rows[50, "first byte", kind]["milliseconds"] >= 49
        paced, bare = rows[50, "whole answer", kind], rows[0, "whole answer", kind]
        assert paced["distance"] < bare["distance"]
    assert not rows[0, "first byte", "real"]["told_apart"]
