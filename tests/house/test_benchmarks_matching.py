"""The benchmark of matching: one document, every field, and the ways agree; nothing is timed."""

import json

import pytest

from benchmarks.matching import __main__ as program
from benchmarks.matching.loops import LOOPS
from dp3t.proximity.kernels import engine

pytest.importorskip("numba", reason="the extra fast is not installed")
if engine.kernel("gaen") is None:
    pytest.skip("this machine has no kernels", allow_module_level=True)

FIELDS = {
    "keys_per_second",
    "portable_keys_per_second",
    "bound_keys_per_second",
    "speedup",
    "of_bound",
}
SMALL = ["--keys", "640", "--scans", "30", "--rounds", "1"]


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
        assert one["kernel"] is True


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
