"""Where errors become one line on standard error and exit status 2."""

import io
import sys
from typing import NoReturn

import typer
from typer.exceptions import TyperException

from dp3t.errors import Dp3tError

_INTERRUPTED = 130
"""The status of a program that a signal from the keyboard ended: 128 + SIGINT."""


class NotInstalledError(Dp3tError):
    """A package of an extra is not installed."""

    def __init__(self, package: str | None, *, extra: str) -> None:
        super().__init__(f"{package} is not installed: pip install 'dp3t[{extra}]'")


def run(app: typer.Typer, *, name: str) -> None:
    """Run a terminal program and exit.

    Whatever a person can cause (wrong arguments, files, servers, bytes) ends in one line that names
    the fault. A programming mistake keeps its traceback.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal may lack our letters
    try:
        status = app(prog_name=name, standalone_mode=False)
    except TyperException as error:
        fail(name, _usage(error))
    except OSError as error:
        fail(name, f"{error.strerror or error}" + (f": {error.filename}" if error.filename else ""))
    except Dp3tError as error:
        fail(name, str(error))
    except (KeyboardInterrupt, typer.Abort):
        status = _INTERRUPTED
    if status == _INTERRUPTED:  # what typer returns of a KeyboardInterrupt
        fail(name, "interrupted", status=_INTERRUPTED)
    sys.exit(status if isinstance(status, int) else 0)


def _usage(error: TyperException) -> str:
    # typer keeps click's exception classes private; what they all have is this method.
    described = getattr(error, "format_message", error.__str__)()
    return f"{described} (--help explains)" if described else ""


def fail(name: str, message: str, *, status: int = 2) -> NoReturn:
    """Print one line on standard error and exit."""
    if message:  # without arguments the help has already been shown
        print(f"{name}: {' '.join(message.split())}", file=sys.stderr)  # noqa: T201
    sys.exit(status)
