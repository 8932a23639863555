"""Files of finished traces: the body of POST /v1/operator/traces."""

import json
from collections.abc import Iterable
from pathlib import Path

from dp3t.cli.files import naming
from dp3t.cli.presence.reading import read_up_to
from dp3t.codec import from_hex
from dp3t.errors import MalformedError
from dp3t.presence import Trace

MAX_TRACES_BYTES = 2**20


def traces_body(traces: Iterable[Trace]) -> bytes:
    """Return traces as a server takes them: ascending, in hexadecimal."""
    return json.dumps({"traces": [trace.encode().hex() for trace in sorted(traces)]}).encode()


def read_traces(paths: Iterable[Path]) -> list[Trace]:
    """Return the traces in some files.

    Raises:
        MalformedError: one holds none.
    """
    return [trace for path in paths for trace in _traces_in(path)]


def _traces_in(path: Path) -> list[Trace]:
    with naming(path):
        data = read_up_to(path, MAX_TRACES_BYTES)
        try:
            listed = json.loads(data)["traces"]
            return [Trace.decode(from_hex(each, what="a trace")) for each in listed]
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise MalformedError("holds no finished traces") from None
