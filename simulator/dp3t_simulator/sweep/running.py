"""Runs in this process, or on many with Dask: here or on a cluster that exists."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from dp3t_simulator.sweep.errors import SweepError
from dp3t_simulator.sweep.plan import Task
from dp3t_simulator.sweep.runs import Run, code_version

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS = 10
_AHEAD = 4
"""Runs handed out for each worker that is busy, so that none waits and few are lost."""

Runner = Callable[[Task], Run]


def run_task(task: Task) -> Run:
    """Run one task with one thread, in whichever process this is."""
    from dp3t_simulator.simulation import simulate

    return Run.of(simulate(task.scenario, seed=task.seed, threads=1, baseline=False), task.choice)


def finished(
    tasks: Sequence[Task], *, scheduler: str | None, workers: int | None, runner: Runner = run_task
) -> Iterator[tuple[Task, Run]]:
    """Yield every task with its run, in the order in which they finish.

    Args:
        tasks: what is to be run.
        scheduler: the address of a Dask cluster; None for processes of this machine.
        workers: how many processes; None for as many as there are processors, 0 for none: then
            everything runs here, one after the other, and Dask is not needed.
        runner: what runs a task.

    Raises:
        SweepError: the cluster cannot be reached, runs other code, or loses its workers.
        ModuleNotFoundError: without Dask.
    """
    if not tasks:
        return
    if scheduler is None and workers == 0:
        for task in tasks:
            yield task, runner(task)
        return
    with ExitStack() as stack:
        yield from _on_cluster(_client(stack, scheduler, workers), tasks, runner)


def _client(stack: ExitStack, scheduler: str | None, workers: int | None) -> "Client":
    import dask
    from distributed import Client, LocalCluster

    if scheduler is None:
        count = workers or len(os.sched_getaffinity(0))
        stack.enter_context(dask.config.set({"distributed.worker.daemon": True}))
        cluster = LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            silence_logs="CRITICAL",
        )
        return stack.enter_context(Client(stack.enter_context(cluster)))
    try:
        return stack.enter_context(Client(scheduler, timeout=CONNECT_SECONDS))
    except (OSError, TimeoutError, ValueError) as error:
        raise SweepError(f"no scheduler answers at {scheduler}: {error}") from None


def _on_cluster(
    client: "Client", tasks: Sequence[Task], runner: Runner
) -> Iterator[tuple[Task, Run]]:
    from distributed import KilledWorker, as_completed

    waiting = iter(tasks)
    threads = sum(client.nthreads().values())
    futures = {}

    def submit() -> Any:
        task = next(waiting, None)
        if task is None:
            return None
        future = client.submit(runner, task, pure=False, retries=0)
        futures[future.key] = task
        return future

    first = [future for _ in range(_AHEAD * max(threads, 1)) if (future := submit())]
    done = as_completed(first)
    for future in done:
        task = futures.pop(future.key)
        try:
            run: Run = future.result()
        except KilledWorker:
            raise SweepError(
                f"{task.label}, seed {task.seed}: every worker that tried it died, perhaps for "
                "want of memory; take fewer --workers or fewer people. What is finished is kept"
            ) from None
        if run.version != code_version():
            raise SweepError(f"the workers run version {run.version}, and this is {code_version()}")
        yield task, run
        if further := submit():
            done.add(further)
