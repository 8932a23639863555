"""Servers in processes of their own, on free loopback ports, with temporary databases."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from benchmarks.server.processes import Endpoint
from dp3t import UploadCode

_NO_LIMITS = {"reads_per_minute": 0, "reports_per_minute": 0}


@dataclass(frozen=True, slots=True)
class Running(Endpoint):
    """A running server.

    Attributes:
        token: the operator's.
        public_key: with which it signs, 32 bytes in hexadecimal.
    """

    token: str
    public_key: str

    def codes(self, count: int) -> list[UploadCode]:
        """Have codes issued."""
        found = list[UploadCode]()
        while len(found) < count:
            answer = self.operate("codes", count=min(1000, count - len(found)))
            found += [UploadCode.parse(each["code"]) for each in answer["codes"]]
        return found

    def operate(self, name: str, **arguments: object) -> dict[str, Any]:
        """Do what a route of the operator does; return its answer."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/v1/operator/{name}",
            data=json.dumps(arguments).encode(),
            headers={"Authorization": f"Bearer {self.token}"},
        )
        with urllib.request.urlopen(request) as response:  # noqa: S310
            found: dict[str, Any] = json.load(response)
        return found


@contextmanager
def running_server(
    answer_milliseconds: int,
    *,
    design: str = "lowcost",
    database: str = "",
    simulated_clock: int | None = None,
    data: Path | None = None,
    log: Path | None = None,
    more: str = "",
) -> Iterator[Running]:
    """Run a server of one design without limits.

    Args:
        answer_milliseconds: the pace of answers to uploads.
        design: which.
        database: the URL of a PostgreSQL database; a SQLite file where it is empty.
        simulated_clock: at which Unix second it stands; None for the system's clock.
        data: the server's folder; a temporary one where it is None.
        log: the file for what the server logs.
        more: further lines of its file of settings.
    """
    given = {"designs": [design], "answer_milliseconds": answer_milliseconds, "database": database}
    with TemporaryDirectory() as folder, (log or Path(os.devnull)).open("wb") as errors:
        settings = Path(folder) / "server.toml"
        lines = {name: json.dumps(value) for name, value in {**given, **_NO_LIMITS}.items()}
        written = "".join(f"{name} = {value}\n" for name, value in lines.items())
        settings.write_text(written + more)
        where = ["--config", str(settings), "--data", str(data or Path(folder) / "data")]
        if simulated_clock is not None:
            where += ["--simulated-clock", str(simulated_clock)]
        command = [sys.executable, "-m", "dp3t_server", "run", "--port", "0", *where]
        with running_program(command, errors) as (process, ready):
            token = Path(ready["operator_token_file"]).read_text().strip()
            port = int(ready["listening"].rpartition(":")[2])
            yield Running(port, process.pid, token, ready["public_key"])


@contextmanager
def running_bare(files: dict[str, bytes], *, database: str = "") -> Iterator[Endpoint]:
    """Run what the server is compared with; see `bare`."""
    with TemporaryDirectory() as folder:
        served = Path(folder) / "files"
        served.mkdir()
        for name, data in files.items():
            (served / name).write_bytes(data)
        stored = database or str(Path(folder) / "bare.sqlite3")
        command = [sys.executable, "-m", "benchmarks.server.bare", str(served), stored]
        with running_program(command, None) as (process, ready):
            yield Endpoint(int(ready["port"]), process.pid)


@contextmanager
def running_program(
    command: list[str], errors: BinaryIO | None
) -> Iterator[tuple["subprocess.Popen[bytes]", dict[str, str]]]:
    """Run a program until the block ends; it says in one line of JSON when it is ready."""
    process = subprocess.Popen(  # noqa: S603 - our own program
        command, stdout=subprocess.PIPE, stderr=errors
    )
    try:
        if process.stdout is None:
            raise OSError("the server has no output")
        yield process, json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.communicate()
