"""What is asked of the server and of the other: uploads, and files whole or as 304."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks.server.client import Window, ask, get, one, post, repeated
from benchmarks.server.processes import Endpoint
from benchmarks.server.rounds import Compared, compare
from benchmarks.server.running import Running, running_bare, running_server
from benchmarks.server.uploads import KEY_BYTES, upload_of
from dp3t import Instant, random_from_os
from dp3t.primitives import sha256
from dp3t.publication import HEADER_BYTES, Batch, KeyTable
from dp3t_server.config import Config

NOW = Instant(1_790_000_000)
LATER = Instant(NOW + 3 * 86_400)
"""By when every key of NOW is published."""

UPLOADS_LEAST, READS_LEAST = 0.5, 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long and how hard to ask.

    Attributes:
        rounds: how often both servers are measured.
        uploads: how many there are in a round.
        seconds: how long a round of downloads lasts.
        connections: how many there are at once.
    """

    rounds: int
    uploads: int
    seconds: float
    connections: int


def measure(plan: Plan, *, database: tuple[str, str] = ("", "")) -> Iterator[Compared]:
    """Yield the comparisons: uploads, then index and batch, each whole and as 304.

    Args:
        plan: how long and how hard.
        database: URLs of PostgreSQL for the server and the other; empty for SQLite.

    Raises:
        AssertionError: an answer is wrong, or a key is not published.
    """
    with running_server(0, database=database[0], simulated_clock=NOW) as server:
        with running_bare({}, database=database[1]) as bare:
            keys = list[bytes]()
            yield _uploads(server, bare, plan, keys)
        files = _published(server, keys)
        named = {path.rpartition("/")[2]: data for path, data in files.items()}
        with running_bare(named) as bare:
            for path, data in files.items():
                yield from _reads(server, bare, path, data, plan)


def _uploads(server: Running, bare: Endpoint, plan: Plan, keys: list[bytes]) -> Compared:
    """Compare uploads; append to `keys` the key of each."""
    codes = iter(server.codes((plan.rounds + 1) * plan.uploads))

    def bodies() -> list[bytes]:
        made = list[bytes]()
        for _ in range(plan.uploads):
            keys.append(random_from_os(KEY_BYTES))
            made.append(upload_of(next(codes), now=NOW, key=keys[-1]))
        return made

    def ours() -> Window:
        requests = [post("/v1/reports", body) for body in bodies()]
        return ask(server, requests, connections=plan.connections, check=_is_accepted)

    def other() -> Window:
        size = Config().upload_sizes["lowcost"]
        requests = [post("/row", random_from_os(size)) for _ in range(plan.uploads)]
        return ask(bare, requests, connections=plan.connections, check=_is_found)

    return compare("uploads", ours, other, least=UPLOADS_LEAST, rounds=plan.rounds)


def _published(server: Running, keys: Sequence[bytes]) -> dict[str, bytes]:
    """Let the server publish; return its index and its largest batch by their paths."""
    answer = server.operate("clock", now=LATER)
    paths = [f"/v1/batches/{each['design']}-{each['release']}" for each in answer["batches"]]
    batches = {path: _file(server, path) for path in paths}
    opened = [Batch.decode(data[HEADER_BYTES:]) for data in batches.values()]
    tables = [KeyTable.decode(batch.content) for batch in opened]
    missing = set(keys).difference(record.key for table in tables for record in table)
    if missing:
        raise AssertionError(f"{len(missing)} of {len(keys)} accepted keys are not published")
    largest = max(batches, key=lambda path: len(batches[path]))
    return {"/v1/index": _file(server, "/v1/index"), largest: batches[largest]}


def _file(server: Endpoint, path: str) -> bytes:
    status, data = one(server, get(path))
    if status != 200:
        raise AssertionError(f"{path} was answered with {status}")
    return data


def _reads(
    ours: Endpoint, bare: Endpoint, path: str, data: bytes, plan: Plan
) -> Iterator[Compared]:
    """Compare downloads of a file, and answers that the client has it."""
    name = path.rpartition("/")[2]
    if data != _file(bare, f"/files/{name}"):
        raise AssertionError("the two servers do not answer with the same bytes")
    tag = sha256(data).hex()
    for known, status, length, words in ((None, 200, len(data), ""), (tag, 304, 0, ", 304")):

        def right(got: int, body: bytes, status: int = status, length: int = length) -> bool:
            return got == status and len(body) == length

        def window(server: Endpoint, where: str, known: str | None = known) -> Window:
            request = repeated(get(where, known=known))
            return ask(
                server, request, connections=plan.connections, check=right, seconds=plan.seconds
            )

        yield compare(
            f"{name.partition('-')[0]}, {len(data):,} bytes{words}",
            partial(window, ours, path),
            partial(window, bare, f"/files/{name}"),
            least=READS_LEAST,
            rounds=plan.rounds,
        )


def _is_accepted(status: int, body: bytes) -> bool:
    return status == 200 and body.startswith(b'{"accepted": true')


def _is_found(status: int, _: bytes) -> bool:
    return status == 200
