"""The benchmark of matching: one document, every field, and the ways agree; nothing is timed."""

import json
import subprocess
import sys

import pytest

from benchmarks.matching import __main__ as program
from benchmarks.matching.loops import LOOPS
from dp3t.proximity.kernels import engine
from project import ROOT

pytest.importorskip("numba", reason="the extra fast is not installed")

FIELDS = {
    "keys_per_second",
    "portable_keys_per_second",
    "bound_keys_per_second",
    "speedup",
    "of_bound",
}
SMALL = ["--keys", "640", "--scans", "30", "--rounds", "1"]


@pytest.fixture(scope="module", autouse=True)
def kernels() -> None:
    """Skip where there are none: looked for by the first test, not while tests are collected."""
    if engine.kernel("gaen") is None:
        pytest.skip("this machine has no kernels")


@pytest.mark.parametrize("threads", ["1", "2"])
def test_every_design_is_measured_with_every_field(
    threads: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main([*SMALL, "--threads", threads, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [one["design"] for one in document["designs"]] == list(engine.PREPARED)
    for one in document["designs"]:
        assert one.keys() >= FIELDS
        assert all(one[field] > 0 for field in FIELDS)
        assert (one["kernel"], one["reason"]) == (True, "")
        assert one["bound_sha"] in ("vector", "sha_ni", "library")


def test_the_faster_sha_256_is_the_bound(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main([*SMALL, "--design", "gaen", "--rounds", "5", "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["designs"]
    ways = one["sha_nanoseconds"]
    assert len(ways) == 2
    assert one["bound_sha"] == min(ways, key=ways.__getitem__)
    assert all(0 < nanoseconds < 10_000 for nanoseconds in ways.values())


WITHOUT_NUMBA = """
import sys
sys.modules["numba"] = None
from benchmarks.matching.__main__ import main
main(sys.argv[1:])
"""


@pytest.mark.parametrize("keys", [[], ["--keys", "600"]], ids=["keys by default", "600 keys"])
def test_without_numba_the_portable_path_is_measured_and_the_reason_told(keys: list[str]) -> None:
    arguments = [*keys, "--rounds", "1", "--scans", "30"]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_NUMBA, *arguments, "--json"],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    document = json.loads(done.stdout)
    assert [one["design"] for one in document["designs"]] == list(engine.PREPARED)
    for one in document["designs"]:
        assert one["keys_per_second"] > 0 < one["portable_keys_per_second"]
        missing = [one[field] for field in ("bound_keys_per_second", "of_bound", "speedup")]
        assert missing == [None] * 3
        assert one["kernel"] is False
        assert one["reason"].startswith("numba cannot be imported")
        assert f"no kernel of {one['design']}: {one['reason']}" in done.stderr
        taken = one.get("keys", one.get("items"))
        assert taken == 600 if keys else 100 < taken < program.KEYS[one["design"]] / 20


def test_ways_that_disagree_are_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LOOPS, "gaen", lambda _table, _heard: 3)
    with pytest.raises(AssertionError, match="do not find the same"):
        program.main([*SMALL, "--design", "gaen"])


def test_without_json_each_design_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main([*SMALL, "--design", "hybrid", "--design", "unlinkable"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["hybrid", "unlinkable"]


def test_a_stream_is_matched_table_by_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--stream", "70000", "--scans", "30", "--json"]) == 0
    shown = capsys.readouterr()
    (result,) = json.loads(shown.out)["designs"]
    assert result["keys"] == 70_000
    assert result["keys_per_second"] > 0 < result["peak_resident_mb"]
    assert "70,000 of 70,000" in shown.err
