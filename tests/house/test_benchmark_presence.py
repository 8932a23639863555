"""The benchmark of presence: one document, every field, and nothing is measured that is wrong."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from benchmarks.presence import __main__ as program
from benchmarks.presence import day, operations, peers
from benchmarks.presence.cases import Place
from benchmarks.presence.document import peers_document
from benchmarks.presence.paper import TABLE
from benchmarks.presence.tables import tables
from dp3t.presence.encryption import Ciphertext
from project import ROOT

SMALL = ["--rounds=1", "--times=1", "--locations=10"]
NAMES = [
    "check-in",
    "check-out",
    "scan",
    "pre-trace",
    "completion",
    "match that fails",
    "match that succeeds",
]

DECRYPTING = """
import json, sys
sys.stdin.readline()
print(json.dumps({"message": MESSAGE}), flush=True)
for line in sys.stdin:
    print(json.dumps({"seconds": int(line) / 100, "found": FOUND}), flush=True)
"""
"""Stands in for node: it knows the message and how many tries succeed."""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> "subprocess.CompletedProcess[str]":
    """Return a tiny run with peers on a machine that has no npm."""
    nothing = tmp_path_factory.mktemp("nothing")
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.presence", *SMALL, "--peers", "--json"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        env={**os.environ, "PATH": str(nothing)},
        text=True,
    )


@pytest.fixture(scope="module")
def document(finished: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    """Return what the run prints: one JSON document and nothing else."""
    assert finished.returncode == 0, finished.stderr
    found: dict[str, Any] = json.loads(finished.stdout)
    return found


def test_every_operation_stands_beside_its_bound_and_the_papers_figure(
    document: dict[str, Any],
) -> None:
    assert [one["operation"] for one in document["operations"]] == NAMES
    published = [one["paper_milliseconds"] for one in document["operations"]]
    assert published == [None, None, 11.25, 1.41, 19.1, 6.6, 7.98]
    for one in document["operations"]:
        assert one["per_second"] == pytest.approx(1000 / one["milliseconds"], rel=0.01)
        low, high = one["of_bound_spread"]
        assert 0 < low <= one["of_bound"] <= high
        assert one["how"]
        assert set(one["bound"]) <= document["bare_milliseconds"].keys()
    assert min(document["bare_milliseconds"].values()) > 0
    assert document["operations"][5]["bound"] == ["pairing"]
    assert "not measured here" in document["paper"]["source"]
    assert document["paper"]["milliseconds"].keys() == TABLE.keys()


def test_the_day_label_saves_nine_of_ten_pairings_over_ten_days(document: dict[str, Any]) -> None:
    counted = [
        (one["records"], one["traces"], one["tries"], one["pairings"]) for one in document["days"]
    ]
    assert counted == [(5, 30, 150, 150), (5, 30, 150, 15), (50, 30, 1500, 150)]
    for one in document["days"]:
        assert one["saved"] == one["tries"] - one["pairings"]
        assert min(one["seconds"], one["parallel_seconds"], one["speedup"], one["of_bound"]) > 0


def test_imports_and_the_start_of_the_pool_are_told_apart(document: dict[str, Any]) -> None:
    start = document["start"]
    assert start["workers"] >= 1
    assert 0 < start["pairing_library_seconds"] < start["library_seconds"] < start["pool_seconds"]


def test_without_npm_the_peers_are_missing_and_all_else_is_measured(
    finished: "subprocess.CompletedProcess[str]", document: dict[str, Any]
) -> None:
    reason = "node and npm are not on the path"
    assert document["peers"] == [{"peer": name, "reason": reason} for name in peers.PEERS]
    assert finished.stderr.splitlines() == [f"presence: {name}: {reason}" for name in peers.PEERS]


def test_where_npm_gets_nothing_the_reason_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("node", "npm"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        pytest.raises(peers.NoPeerError, match="npm does not install it"),
        peers.installed("mcl-wasm@^0.7.1"),
    ):
        pass


def peer(message: str, found: int) -> peers.Peer:
    code = DECRYPTING.replace("MESSAGE", repr(message)).replace("FOUND", str(found))
    return peers.Peer([sys.executable, "-c", code])


def the_message() -> str:
    """Return what the record says that a peer is given first."""
    place = Place.number(0)
    key = place.trace().identity_key()
    return key.decrypt(Ciphertext.decode(place.record().ciphertext)).hex()


def test_a_peer_takes_turns_with_ours() -> None:
    with peer(the_message(), 0) as answering:
        beside = peers.compare(answering, name="x", version="1", rounds=2, times=5)
    assert beside.milliseconds == pytest.approx(10)
    assert 0 < beside.our_milliseconds < 1000
    assert (beside.speedup[0] > 1) == (beside.our_milliseconds < 10)
    (one,) = peers_document([beside], {})
    assert one["speedup"] == pytest.approx(beside.speedup[0], abs=0.001)


@pytest.mark.parametrize(
    ("message", "found", "fault"),
    [
        ("", 0, "does not read our record"),
        ("00" * 41, 0, "does not read our record"),
        (None, 1, "not for its key"),
    ],
    ids=["nothing read", "something else read", "everything read"],
)
def test_a_peer_that_decrypts_something_else_is_no_measurement(
    message: str | None, found: int, fault: str
) -> None:
    with (
        peer(the_message() if message is None else message, found) as answering,
        pytest.raises(AssertionError, match=fault),
    ):
        peers.compare(answering, name="x", version="1", rounds=1, times=1)


def test_a_peer_that_ends_is_missing() -> None:
    with (
        peers.Peer([sys.executable, "-c", ""]) as ended,
        pytest.raises(peers.NoPeerError, match="does not answer"),
    ):
        ended.ask("{}")


def test_the_speed_of_an_operation_is_that_of_one_and_a_part_of_its_bounds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def work() -> None: ...

    def pairing() -> None: ...

    taken = {work: 0.6, pairing: 0.04}
    monkeypatch.setattr(operations, "processor_seconds_of", lambda call, times: times * taken[call])
    operation = operations.Operation(
        name="x", how="y", work=work, bound=("pairing", "pairing"), count=5
    )
    found = operations.measure(operation, {"pairing": pairing}, rounds=3, times=12)
    assert found.milliseconds == pytest.approx(120)
    assert found.bound_milliseconds == pytest.approx(80)
    assert found.of_bound == pytest.approx((2 / 3, 2 / 3, 2 / 3))


def test_the_speed_of_a_day_is_a_part_of_its_pairings_and_all_cores_are_set_against_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    work = day.works(1)[1]
    seconds = iter([4.0, 1.0, 0.5, 6.0, 2.0, 1.5, 9.0, 3.5, 3.0])
    monkeypatch.setattr(day, "seconds_of", lambda call, times: next(seconds))
    monkeypatch.setattr(day, "_BARE_PAIRINGS", 5)
    with day.started_pool(1) as (pool, _):
        found = day.measure_day(work, lambda: None, pool, rounds=3)
    assert found.pairings == 15
    assert (found.seconds, found.parallel_seconds) == (6.0, 2.0)
    assert found.speedup == pytest.approx((3.0, 9 / 3.5, 4.0))
    assert found.of_bound == pytest.approx((0.75, 0.375, 1.0))


def test_a_day_without_its_one_match_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    work = day.works(1)[0]
    monkeypatch.setattr(day, "match", lambda *_, **__: ())
    with (
        day.started_pool(1) as (pool, _),
        pytest.raises(AssertionError, match="do not find the one match"),
    ):
        day.measure_day(work, lambda: None, pool, rounds=1)


def test_matches_that_are_wrong_are_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "match", lambda *_, **__: (1,))
    with pytest.raises(AssertionError, match="made to match"):
        operations.operations()


def test_the_tables_fit_a_terminal_of_eighty_columns_and_show_the_results(
    document: dict[str, Any],
) -> None:
    beside = peers.Beside(
        peer="another",
        version="0.7.9",
        runtime="node v20",
        milliseconds=4.25,
        our_milliseconds=0.625,
        speedup=(6.8, 6.5, 7.0),
    )
    large = {"tries": 22_500, "pairings": 2_250, "seconds": 10.123, "parallel_seconds": 10.456}
    document = document | {
        "peers": [*document["peers"], *peers_document([beside], {})],
        "days": [one | large for one in document["days"]],
    }
    console = Console(width=80, record=True, file=StringIO())
    console.print(*tables(document))
    shown = " ".join(console.export_text().split())
    assert "…" not in shown
    days = [one["name"] for one in document["days"]]
    for words in (*NAMES, *TABLE, *days, *peers.PEERS, "not on the path", "another", "6.80"):
        assert words in shown
    for one in document["operations"]:
        assert f"{one['milliseconds']:.3f}" in shown
        assert one["how"].split()[0] in shown
    for number in ("22,500", "2,250", "10.123", "10.456"):
        assert number in shown


def test_without_json_the_tables_are_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, document: dict[str, Any]
) -> None:
    monkeypatch.setattr(program, "_results", lambda _options: document)
    assert program.main([]) == 0
    assert "match that fails" in capsys.readouterr().out
