"""Sweeps on Dask: one cluster of two processes for all tests."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from dp3t_simulator.sweep.errors import SweepError
from dp3t_simulator.sweep.plan import plan_of
from dp3t_simulator.sweep.running import finished
from dp3t_simulator.sweep.runs import Run, RunFiles
from dp3t_simulator.sweep.sweeping import run_all
from sweep_runs import SCENARIO, deadly_run, dying_run, foreign_run, made_run

dask = pytest.importorskip("dask", reason="the extra simulator is not installed")
distributed = pytest.importorskip("distributed", reason="the extra simulator is not installed")

# Dask's own: processes that are killed leave sockets and temporary folders to the collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "default::DeprecationWarning")


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a cluster that exists before the sweep; its workers start anew when they die."""
    failures = {"distributed.scheduler.allowed-failures": 0}  # each death of a worker tells
    with pytest.MonkeyPatch.context() as patch, dask.config.set(failures):
        patch.setenv("TEST_MARKS", str(tmp_path_factory.mktemp("marks")))
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs="CRITICAL"
        ) as cluster:
            yield cluster.scheduler_address


@pytest.mark.spec("SWEEP-7")
def test_a_cluster_gives_the_runs_of_one_process_though_a_worker_dies(
    scheduler: str, tmp_path: Path
) -> None:
    tasks = plan_of(SCENARIO, {"app.uptake": (0.1, 0.3)}, replicates=3).tasks()
    found = run_all(tasks, files=RunFiles(tmp_path), scheduler=scheduler, runner=dying_run)
    assert found == run_all(tasks, files=None, workers=0, runner=made_run)
    assert len(list(tmp_path.iterdir())) == len(tasks) == 9


@pytest.mark.spec("SWEEP-7", "SWEEP-3")
def test_a_run_that_kills_every_worker_is_named_and_the_others_are_kept(
    scheduler: str, tmp_path: Path
) -> None:
    tasks = plan_of(SCENARIO, {"app.uptake": (0.1,)}, replicates=2, baseline=False).tasks()
    files = RunFiles(tmp_path)
    with pytest.raises(SweepError, match=r"app\.uptake=0\.1, seed 2: every worker .* died"):
        run_all(tasks, files=files, scheduler=scheduler, runner=deadly_run)
    assert [files.find(task) for task in tasks] == [made_run(tasks[0]), None]


@pytest.mark.spec("SWEEP-7")
def test_workers_with_other_code_are_refused(scheduler: str) -> None:
    tasks = plan_of(SCENARIO, {}, replicates=1).tasks()
    with pytest.raises(SweepError, match=r"the workers run version 0\.0\+other, and this is"):
        run_all(tasks, files=None, scheduler=scheduler, runner=foreign_run)


@pytest.mark.spec("SWEEP-7")
def test_no_scheduler_at_an_address_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dp3t_simulator.sweep.running.CONNECT_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    tasks = plan_of(SCENARIO, {}, replicates=1).tasks()
    for address in (f"tcp://127.0.0.1:{port}", "nonsense://x"):
        with pytest.raises(SweepError, match=f"no scheduler answers at {address}"):
            list(finished(tasks, scheduler=address, workers=None, runner=made_run))


@pytest.mark.spec("SWEEP-7")
def test_a_cluster_without_workers_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dp3t_simulator.sweep.running.CONNECT_SECONDS", 1)
    tasks = plan_of(SCENARIO, {}, replicates=1).tasks()
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0", processes=False) as empty,
        pytest.raises(SweepError, match="has no workers"),
    ):
        list(finished(tasks, scheduler=empty.scheduler_address, workers=None, runner=made_run))


def test_nothing_to_run_starts_no_cluster(scheduler: str) -> None:
    def impossible(_: object) -> Run:
        raise AssertionError

    assert list(finished([], scheduler="tcp://nowhere:1", workers=None, runner=impossible)) == []
