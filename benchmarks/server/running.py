"""A server in a process of its own, on a free loopback port, with a temporary database."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from dp3t import UploadCode


@dataclass(frozen=True, slots=True)
class Running:
    """A running server.

    Attributes:
        port: where it listens.
        token: the operator's.
    """

    port: int
    token: str

    def codes(self, count: int) -> list[UploadCode]:
        """Have codes issued."""
        found = list[UploadCode]()
        while len(found) < count:
            request = urllib.request.Request(
                f"http://127.0.0.1:{self.port}/v1/operator/codes",
                data=json.dumps({"count": min(1000, count - len(found))}).encode(),
                headers={"Authorization": f"Bearer {self.token}"},
            )
            with urllib.request.urlopen(request) as response:  # noqa: S310
                found += [UploadCode.parse(each["code"]) for each in json.load(response)["codes"]]
        return found


@contextmanager
def running_server(answer_milliseconds: int) -> Iterator[Running]:
    """Run a server with a pace, and without limits."""
    with TemporaryDirectory() as folder:
        settings = Path(folder) / "server.toml"
        settings.write_text(
            f'designs = ["lowcost"]\nanswer_milliseconds = {answer_milliseconds}\n'
            "reads_per_minute = 0\nreports_per_minute = 0\n"
        )
        where = ("--config", str(settings), "--data", str(Path(folder) / "data"))
        process = subprocess.Popen(  # noqa: S603 - our own program
            (sys.executable, "-m", "dp3t_server", "run", "--port", "0", *where),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        try:
            if process.stdout is None:
                raise OSError("the server has no output")
            ready = json.loads(process.stdout.readline())
            token = Path(ready["operator_token_file"]).read_text().strip()
            yield Running(int(ready["listening"].rpartition(":")[2]), token)
        finally:
            process.terminate()
            process.communicate()
