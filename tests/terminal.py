"""The `dp3t` program: in a process of its own, or its commands in this one."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
import typer

from dp3t.cli import boundary


def dp3t(*arguments: str, language: str = "en") -> "subprocess.CompletedProcess[str]":
    """Run the program."""
    return subprocess.run(
        [sys.executable, "-c", "import dp3t.cli; dp3t.cli.main()", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"DP3T_LANG": language, "PYTHONIOENCODING": "utf-8"},
        encoding="utf-8",
    )


def document(*arguments: str) -> dict[str, Any]:
    """Run the program with `--json`; return the one document that it prints."""
    ran = dp3t(*arguments, "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def fault(*arguments: str) -> str:
    """Run the program with what it refuses; return the one line that it says."""
    ran = dp3t(*arguments)
    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (2, "", 1)
    assert ran.stderr.startswith("dp3t: ")
    return ran.stderr


class Terminal:
    """Runs commands in this process, behind the real error boundary."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def run(self, app: typer.Typer, *arguments: object) -> tuple[int, str, str]:
        """Return the exit status, standard output and standard error."""
        self._monkeypatch.setattr("sys.argv", ["dp3t", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            boundary.run(app, name="dp3t")
        printed = self._capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, printed.out, printed.err
