"""Files of finished traces: bodies of POST /v1/operator/traces."""

import json
from collections.abc import Iterable
from pathlib import Path

from dp3t.cli.files import naming
from dp3t.cli.presence.reading import read_up_to
from dp3t.codec import from_hex
from dp3t.errors import MalformedError
from dp3t.presence import Trace

MAX_TRACES_BYTES = 2**20
MAX_TRACES_AT_ONCE = 240
"""How many a server takes at once; a rotating code gives more, for each of its days all hours."""


def traces_bodies(traces: Iterable[Trace]) -> list[bytes]:
    """Return traces as a server takes them: ascending, in hexadecimal, up to 240 at once."""
    listed = [trace.encode().hex() for trace in sorted(traces)]
    starts = range(0, len(listed), MAX_TRACES_AT_ONCE)
    return [
        json.dumps({"traces": listed[start : start + MAX_TRACES_AT_ONCE]}).encode()
        for start in starts
    ]


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
