"""Other implementations, installed for the run from their own registry and measured beside ours.

The reference library runs mcl-wasm and libsodium under node. A small script of ours does with them
what that library does for each try: a pairing, two hashes, a box that does not open.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from benchmarks.presence.cases import RELEASE, Place
from benchmarks.presence.operations import seconds_of
from benchmarks.presence.paper import RECORDS_PER_DAY
from dp3t.presence.encryption import Ciphertext
from dp3t.presence.matching import match

PEERS = {
    "mcl-wasm as the reference asks": "mcl-wasm@^0.7.1",
    "mcl-wasm, the newest": "mcl-wasm@latest",
}
_BOXES = "libsodium-wrappers-sumo@^0.7.8"
_SCRIPT = Path(__file__).with_name("decrypting.cjs")
_INSTALL_SECONDS = 120


class NoPeerError(Exception):
    """A peer cannot be installed or run here; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A match that fails, by a peer and by ours in turn.

    Attributes:
        peer: which.
        version: of mcl-wasm.
        runtime: which node.
        milliseconds: of one try, the median.
        our_milliseconds: likewise.
        speedup: of ours over the peer's: median, lowest, highest.
    """

    peer: str
    version: str
    runtime: str
    milliseconds: float
    our_milliseconds: float
    speedup: tuple[float, float, float]


class Peer:
    """A process that decrypts; a context manager that ends it."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start it.

        Args:
            command: what reads the case and the numbers of tries, and answers in JSON.
        """
        self._process = subprocess.Popen(  # noqa: S603 - found on the path by us
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process.wait(timeout=10)

    def ask(self, line: str) -> dict[str, Any]:
        """Write a line and return the answer.

        Raises:
            NoPeerError: there is none.
        """
        if self._process.stdin is None or self._process.stdout is None:
            raise NoPeerError("the peer has no pipes")
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
            answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        except (OSError, ValueError):
            raise NoPeerError("the peer's script does not answer") from None
        return answer

    def seconds(self, tries: int) -> float:
        """Return how long so many tries take, none of which may succeed."""
        answer = self.ask(str(tries))
        if answer["found"]:
            raise AssertionError("the peer decrypts what is not for its key")
        return float(answer["seconds"])


@contextmanager
def installed(package: str) -> Iterator[tuple[list[str], str]]:
    """Install a package in a temporary folder; yield what runs the script there, and its version.

    Raises:
        NoPeerError: there is no node or no npm, or the registry gives nothing.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise NoPeerError("node and npm are not on the path")
    with TemporaryDirectory(prefix="dp3t-peer-") as folder:
        command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]
        try:
            subprocess.run(  # noqa: S603 - found on the path by us
                [*command, folder, package, _BOXES],
                check=True,
                capture_output=True,
                timeout=_INSTALL_SECONDS,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise NoPeerError(f"npm does not install it ({type(error).__name__})") from None
        described = Path(folder, "node_modules", package.partition("@")[0], "package.json")
        version = json.loads(described.read_text(encoding="utf-8"))["version"]
        yield [node, shutil.copy(_SCRIPT, folder)], version


def compare(peer: Peer, *, name: str, version: str, rounds: int, times: int) -> Beside:
    """Let a peer decrypt one of our records, then time tries that fail, in turn with ours.

    Raises:
        NoPeerError: it does not answer.
        AssertionError: it reads another message than we do.
    """
    fits, others = Place.number(0), [Place.number(1 + at) for at in range(RECORDS_PER_DAY)]
    trace, record = fits.trace(), fits.record()
    records = [other.record() for other in others]
    case = {
        "key": trace.key.hex(),
        "fits": record.ciphertext.hex(),
        "others": [other.ciphertext.hex() for other in records],
    }
    message = trace.identity_key().decrypt(Ciphertext.decode(record.ciphertext))
    if peer.ask(json.dumps(case))["message"] != message.hex():
        raise AssertionError("the peer does not read our record")
    tries = -(-times // len(records)) * len(records)
    traces = [trace] * (tries // len(records))
    peers, ours = list[float](), list[float]()
    peer.seconds(tries)
    for _ in range(rounds):
        peers.append(peer.seconds(tries) / tries)
        ours.append(seconds_of(lambda: match(records, traces, release=RELEASE), 1) / tries)
    ratios = [theirs / own for theirs, own in zip(peers, ours, strict=True)]
    return Beside(
        peer=name,
        version=version,
        runtime=_runtime(),
        milliseconds=1000 * median(peers),
        our_milliseconds=1000 * median(ours),
        speedup=(median(ratios), min(ratios), max(ratios)),
    )


def _runtime() -> str:
    """Return which node there is; it is on the path if a peer answers."""
    node = shutil.which("node") or "node"
    done = subprocess.run(  # noqa: S603 - found on the path by us
        [node, "--version"], check=True, capture_output=True, text=True
    )
    return f"node {done.stdout.strip()}"
