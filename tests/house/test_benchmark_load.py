"""The benchmark of load: its figures are right, and it runs against a real server."""

import json
import subprocess
import sys

import pytest

from benchmarks.server.client import Window
from benchmarks.server.rounds import Side, compare, percentile
from project import ROOT


@pytest.mark.parametrize(
    ("percent", "value"), [(1, 1.0), (50, 50.0), (51, 51.0), (99, 99.0), (100, 100.0)]
)
def test_a_percentile_is_the_value_that_so_many_do_not_exceed(percent: int, value: float) -> None:
    assert percentile([float(each) for each in range(1, 101)], percent) == value


def test_a_side_pools_its_latencies_and_takes_the_median_of_its_rounds() -> None:
    windows = [
        Window(seconds=1, latencies=[0.001] * 10, busy=0.1, server_cpu_seconds=0.04),
        Window(seconds=1, latencies=[0.002] * 30, busy=0.3, server_cpu_seconds=0.1),
        Window(seconds=2, latencies=[0.003] * 40, busy=0.2, server_cpu_seconds=0.02),
    ]
    side = Side.of(windows)
    assert (side.per_second, side.client_busy) == (20, 0.2)
    assert side.cpu_microseconds == pytest.approx(2000)
    assert side.p50_milliseconds == pytest.approx(2)
    assert side.p99_milliseconds == pytest.approx(3)


def test_both_are_measured_in_turn_and_the_first_round_does_not_count() -> None:
    order = list[str]()

    def window(name: str, answers: int) -> Window:
        order.append(name)
        return Window(
            seconds=1, latencies=[0.0] * answers, busy=0, server_cpu_seconds=answers / 100
        )

    mine, others = iter([1, 6, 4, 8]), iter([1, 10, 10, 10])
    found = compare(
        "x",
        lambda: window("ours", next(mine)),
        lambda: window("bare", next(others)),
        least=0.6,
        rounds=3,
    )
    assert order == ["ours", "bare", "bare", "ours", "ours", "bare", "bare", "ours"]
    assert (found.ratio, found.spread, found.reached) == (0.6, (0.4, 0.8), True)
    assert found.cpu_ratio == pytest.approx(1)


def test_a_small_run_compares_uploads_and_every_kind_of_download() -> None:
    small = ("--rounds=1", "--uploads=8", "--seconds=0.05", "--connections=4", "--json")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.server.load", *small],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 1), done.stderr
    assert done.stdout, done.stderr
    document = json.loads(done.stdout)
    assert document["plan"]["uploads"] == 8
    names = [row["name"] for row in document["rows"]]
    assert names[0] == "uploads"
    assert [name.partition(",")[0] for name in names[1:]] == ["index"] * 2 + ["lowcost"] * 2
    assert [name.endswith(", 304") for name in names[1:]] == [False, True] * 2
    for row in document["rows"]:
        assert row["ratio"] == pytest.approx(
            row["ours"]["per_second"] / row["bare"]["per_second"], rel=1e-6
        )
        for side in (row["ours"], row["bare"]):
            assert 0 < side["p50_milliseconds"] <= side["p99_milliseconds"]
