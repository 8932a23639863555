"""Where errors become one line on standard error and exit status 2."""

import io
import sys

import typer
from typer.exceptions import TyperException

from dp3t.errors import Dp3tError


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
        _fail(name, _usage(error))
    except OSError as error:
        _fail(
            name, f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")
        )
    except Dp3tError as error:
        _fail(name, str(error))
    except (KeyboardInterrupt, typer.Abort):
        _fail(name, "interrupted", status=130)
    sys.exit(status if isinstance(status, int) else 0)


def _usage(error: TyperException) -> str:
    # typer keeps click's exception classes private; what they all have is this method.
    described = getattr(error, "format_message", error.__str__)()
    return f"{described} (--help explains)" if described else ""


def _fail(name: str, message: str, *, status: int = 2) -> None:
    if message:  # without arguments the help has already been shown
        print(f"{name}: {' '.join(message.split())}", file=sys.stderr)  # noqa: T201
    sys.exit(status)
