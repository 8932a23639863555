"""A pytest plugin that runs the whole suite on every core.

A part of the suite runs in one process, where it is quicker. `-n` says otherwise in either case;
`-n 0` keeps the whole suite in one process too, and `-p no:xdist` takes even the option away.
"""

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
