"""A pytest plugin that runs the whole suite on every core, with half as many workers more.

A third of the time a test waits: for a disk, a process or a clock of its own. Others run meanwhile.
A part of the suite runs in one process, where it is quicker. `-n` says otherwise in either case;
`-n 0` keeps the whole suite in one process too, and `-p no:xdist` takes even the option away.
"""

import os
from collections.abc import Generator

import pytest

from spec_trace import is_full


@pytest.hookimpl(wrapper=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, object, object]:
    """Ask pytest-xdist for its workers, before it looks whether anybody did."""
    unsaid = getattr(config.option, "numprocesses", 0) is None
    if unsaid and not hasattr(config, "workerinput") and is_full(config):
        config.option.numprocesses = "auto"
        config.option.dist = "worksteal"  # neighbours share fixtures; whoever is done takes more
    return (yield)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Return how many workers "auto" stands for; None where the environment says it."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (cores or 1) * 3 // 2 or 1
