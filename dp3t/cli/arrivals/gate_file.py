"""A gate's file and its secret: changed by one at a time, written whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dp3t.arrivals.gate import MAX_GATE_BYTES, Gate
from dp3t.arrivals.mark import SECRET_BYTES, GateSecret
from dp3t.cli.authority_key import read_private
from dp3t.cli.files import alone, naming, write_whole
from dp3t.cli.presence.reading import require_length
from dp3t.codec import from_hex
from dp3t.primitives import random_from_os

_SECRET_FILE_BYTES = 2 * SECRET_BYTES + 2


@dataclass(slots=True)
class GateFile:
    """A gate's file while it is changed.

    Attributes:
        gate: as read; what it is at the end is written.
    """

    gate: Gate


@contextmanager
def changing(path: Path) -> Iterator[GateFile]:
    """Let no other process change the file; write it whole at the end, before anything is told."""
    with alone(path):
        file = GateFile(read_gate(path))
        before = file.gate
        yield file
        if file.gate != before:
            write_whole(path, file.gate.encode(), mode=0o600, force=True)


def read_gate(path: Path) -> Gate:
    """Return the gate in a file.

    Raises:
        PolicyError: others can read the file.
        MalformedError: it holds no gate.
    """
    data = read_private(path, MAX_GATE_BYTES)
    with naming(path):
        require_length(data, MAX_GATE_BYTES)
        return Gate.decode(data)


def secret_in(path: Path) -> GateSecret:
    """Return the gates' secret in a file.

    Raises:
        PolicyError: others can read the file.
        MalformedError: it holds none; the message does not hold what it does.
    """
    data = read_private(path, _SECRET_FILE_BYTES)
    with naming(path):
        line = data.decode("ascii", errors="replace").rstrip("\r\n")
        return GateSecret(from_hex(line, length=SECRET_BYTES, what="the secret of gates"))


def make_secret(path: Path) -> None:
    """Draw a secret of gates and write it.

    Raises:
        PolicyError: the file exists.
    """
    written = f"{random_from_os(SECRET_BYTES).hex()}\n"
    write_whole(path, written.encode(), mode=0o600, force=False)


def create_gate(path: Path, gate: Gate) -> None:
    """Write the file of a new gate.

    Raises:
        PolicyError: the file exists.
    """
    write_whole(path, gate.encode(), mode=0o600, force=False)
