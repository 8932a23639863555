"""The benchmark of streaming: its files are what servers write, and its answer is the right one."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.streaming import files as made
from benchmarks.streaming.measuring import measure
from dp3t.cli.files import FileSource
from dp3t.primitives import P256PublicKey
from dp3t.proximity.export.reader import read_export
from dp3t.proximity.key_files import open_key_file, ordered_files
from dp3t.publication.signing import TrustedKeys
from project import ROOT

KEYS = 1000


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Return what a small run prints: one JSON document and nothing else."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.streaming", f"--keys={KEYS}", "--scans=10", "--json"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_both_kinds_are_run_with_one_thread_and_with_two(document: dict[str, Any]) -> None:
    assert [each["kind"] for each in document["streams"]] == ["batch", "exports"]
    for each in document["streams"]:
        assert [run["threads"] for run in each["runs"]] == [1, 2]
        assert {(run["keys"], run["matches"]) for run in each["runs"]} == {(KEYS, 14)}
        assert each["peak_resident_mb"] == max(run["peak_resident_mb"] for run in each["runs"]) > 20
        low, high = each["thread_speedup_spread"]
        assert low <= each["thread_speedup"] <= high


def test_key_files_are_those_that_any_reader_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(made, "EXPORT_KEYS", 400)
    made.write_exports(tmp_path, keys=KEYS)
    public = P256PublicKey.from_pem((tmp_path / made.EXPORT_KEY).read_bytes())
    paths = sorted(tmp_path.glob("keys-*.zip"))
    exports = [read_export(path.read_bytes(), keys=[public]) for path in paths]
    assert [len(export.keys) for export in exports] == [400, 400, 200]
    assert len({one.key.key for export in exports for one in export.keys}) == KEYS
    opened = [open_key_file(FileSource(path), export_keys=[public]) for path in paths]
    assert ordered_files(opened[::-1]) == opened
    run = measure(tmp_path, kind="exports", keys=KEYS, scans=10, threads=1)
    assert (run.files, run.matches, run.keys) == (3, 3 * 14, KEYS)


def test_a_batch_holds_the_keys_and_a_wrong_answer_is_no_result(tmp_path: Path) -> None:
    made.write_batch(tmp_path, keys=KEYS)
    trusted = TrustedKeys([made.SIGNING_KEY.public()])
    assert len(open_key_file(FileSource(tmp_path / made.BATCH), trusted=trusted)) == KEYS
    with pytest.raises(AssertionError, match="found in 1000 of 2000 keys"):
        measure(tmp_path, kind="batch", keys=2 * KEYS, scans=10, threads=1)
