"""The programs `dp3t` and `dp3t-server` in processes of their own, or commands in this one."""

import io
import json
import os
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
import typer

from command_trees import build_each_once
from dp3t.cli import boundary
from dp3t.cli.language import language
from forked_programs import forking, nursery

build_each_once()


@dataclass(frozen=True, slots=True)
class Ran:
    """What a program that has ended leaves behind."""

    returncode: int
    stdout: str
    stderr: str


def dp3t(*arguments: str, language: str = "en", present: int | None = None) -> Ran:
    """Run `dp3t` in a process of its own; `dp3t log` takes `present` for the time that it is."""
    return _forked("dp3t.cli", arguments, {"DP3T_LANG": language}, present)


def dp3t_server(*arguments: str) -> Ran:
    """Run `dp3t-server` to its end in a process of its own."""
    return _forked("dp3t_server.__main__", arguments, {}, None)


def _forked(
    program: str, arguments: tuple[str, ...], more: dict[str, str], present: int | None
) -> Ran:
    """Fork a program from one that has loaded what it imports; starting anew takes a second."""
    here, there = nursery().Pipe(duplex=False)
    environment = os.environ | more
    process = nursery().Process(
        target=_main, args=(there, program, arguments, environment, Path.cwd(), present)
    )
    process.start()
    there.close()
    with here:
        ran = Ran(*here.recv())
    process.join()
    process.close()
    return ran


def _main(
    answer: Connection,
    program: str,
    arguments: tuple[str, ...],
    environment: Any,
    folder: Path,
    present: int | None,
) -> None:
    """Be the program; tell its exit status and what it printed."""
    from loaded_programs import speak  # which the process has loaded that this was forked from

    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["dp3t", *arguments]
    speak(language())  # help is in the language in which it was loaded
    if present is not None:
        vars(import_module("dp3t.cli.log.command"))["present"] = lambda: present
    streams = [
        io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2)
    ]
    with redirect_stdout(streams[0]), redirect_stderr(streams[1]):
        status = _status(program)
    answer.send((status, *(stream.buffer.getvalue().decode() for stream in streams)))


def _status(program: str) -> Any:
    try:
        import_module(program).main()
    except SystemExit as ended:
        return ended.code
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


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


def document_here(*arguments: str) -> dict[str, Any]:
    """Return what `document` does, of `dp3t` in this process; what it would start is forked."""
    streams = [io.StringIO(), io.StringIO()]
    with pytest.MonkeyPatch.context() as patch, forking():
        patch.setattr("sys.argv", ["dp3t", *arguments, "--json"])
        with redirect_stdout(streams[0]), redirect_stderr(streams[1]):
            status = _status("dp3t.cli")
    assert (status, streams[1].getvalue()) == (0, "")
    found: dict[str, Any] = json.loads(streams[0].getvalue())
    return found


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
