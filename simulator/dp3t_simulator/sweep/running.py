"""Runs in this process, or on many with Dask: here or on a cluster that exists."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from threading import current_thread, main_thread
from typing import TYPE_CHECKING

from dp3t_simulator.sweep.errors import SweepError
from dp3t_simulator.sweep.plan import Task
from dp3t_simulator.sweep.runs import Run, code_version

if TYPE_CHECKING:
    from distributed import Client, Future

CONNECT_SECONDS = 10
_AHEAD = 4
"""Runs handed out for each worker that is busy, so that none waits and few are lost."""

_LEAKED = "ignore:resource_tracker:UserWarning"
"""What Python's own tracker of shared resources says when it finds some of a process that died."""

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
    from distributed import Client, LocalCluster

    if scheduler is None:
        with _deaf_to_interrupts(), quiet_when_killed():
            cluster = LocalCluster(
                n_workers=workers or len(os.sched_getaffinity(0)),
                threads_per_worker=1,
                dashboard_address=":0",
                silence_logs="CRITICAL",
            )
        return stack.enter_context(Client(stack.enter_context(cluster)))
    try:
        client = stack.enter_context(Client(scheduler, timeout=CONNECT_SECONDS))
    except (OSError, ValueError) as error:
        raise SweepError(f"no scheduler answers at {scheduler}: {error}") from None
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except TimeoutError:
        raise SweepError(f"the cluster at {scheduler} has no workers") from None
    return client


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Let processes that are started here leave a Ctrl-C at the terminal to this one."""
    if current_thread() is not main_thread():  # only there can signals be handled
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def quiet_when_killed() -> Iterator[None]:
    """Let what tidies up after this process, should it be killed, not complain of the mess."""
    before = os.environ.get("PYTHONWARNINGS", "")
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, (before, _LEAKED)))
    try:
        yield
    finally:
        os.environ["PYTHONWARNINGS"] = before


def _on_cluster(
    client: "Client", tasks: Sequence[Task], runner: Runner
) -> Iterator[tuple[Task, Run]]:
    """Yield each task with its run when it is done.

    When a worker dies, Dask suspects whatever it had been given. So the suspects have a second
    attempt, each alone, in which only the guilty one fails.
    """
    from distributed import KilledWorker

    threads = sum(client.nthreads().values())
    suspects = []
    for task, future in _handed_out(client, tasks, runner, at_once=_AHEAD * threads):
        try:
            yield task, _result(future)
        except KilledWorker:
            suspects.append(task)
    for task, future in _handed_out(client, suspects, runner, at_once=1):
        try:
            yield task, _result(future)
        except KilledWorker:
            raise SweepError(
                f"{task.label}, seed {task.seed}: every worker that tried it died, perhaps for "
                "want of memory; take fewer --workers or fewer people. What is finished is kept"
            ) from None


def _handed_out(
    client: "Client", tasks: Sequence[Task], runner: Runner, *, at_once: int
) -> Iterator[tuple[Task, "Future"]]:
    """Give tasks to the cluster, some at once, and yield each when it has ended."""
    from distributed import as_completed

    waiting, given = iter(tasks), dict[str, Task]()

    def more(count: int) -> list["Future"]:
        futures = []
        for task in islice(waiting, count):
            future = client.submit(runner, task, pure=False)
            given[future.key] = task
            futures.append(future)
        return futures

    ended = as_completed(more(at_once))
    for future in ended:
        yield given.pop(future.key), future
        ended.update(more(1))


def _result(future: "Future") -> Run:
    from distributed import CancelledError

    try:
        run: Run = future.result()
    except CancelledError:
        raise SweepError("the cluster went away; what is finished is kept") from None
    except ModuleNotFoundError as error:
        raise SweepError(f"the workers do not have {error.name}: install dp3t there") from None
    if run.version != code_version():
        raise SweepError(f"the workers run version {run.version}, and this is {code_version()}")
    return run
