"""The whole program of the server, read but not run, for `processes` to fork from."""

from importlib import import_module

from dp3t_server.__main__ import main

__all__ = ["main"]

for _name in ("aiosqlite", "asyncpg", "dp3t_server.cli", "benchmarks.faults.processes"):
    import_module(_name)
