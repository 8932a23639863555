"""Servers that go wrong on purpose, for an auditor that has to notice."""

from collections.abc import Callable
from dataclasses import replace

from benchmarks.faults.paper_server import STRANGER, PaperServer
from dp3t import Instant
from dp3t.primitives import sha256
from dp3t.publication import KeyRecord
from dp3t.publication.transparency import CHECKPOINT_PATH

FIRST = Instant(100 * 86_400)
SECOND, THIRD = Instant(FIRST + 7_200), Instant(FIRST + 14_400)
_CHECKPOINT = f"/v1/log/{CHECKPOINT_PATH}"
_BATCH = f"/v1/batches/lowcost-{FIRST}"


def key(number: int) -> KeyRecord:
    """Return a day key."""
    return KeyRecord((90,), bytes([number]) * 32)


def honest() -> PaperServer:
    """Return a server that has published twice."""
    server = PaperServer()
    server.publish(FIRST, [key(1), key(2)])
    server.publish(SECOND, [key(3)])
    return server


def _older_index(server: PaperServer) -> None:
    earlier = PaperServer()
    earlier.publish(FIRST, [key(1), key(2)])
    server.files |= earlier.files


def _two_indexes_of_one_number(server: PaperServer) -> None:
    server.entries.pop()
    server.sign_index()


def _index_of_a_stranger(server: PaperServer) -> None:
    server.announce(THIRD)
    server.sign_index(STRANGER)


def _other_bytes(server: PaperServer) -> None:
    server.files[_BATCH] = server.batch(FIRST, [key(1)])


def _batch_published_again(server: PaperServer) -> None:
    data = server.batch(FIRST, [key(1)])
    server.entries[0] = replace(server.entries[0], size_bytes=len(data), digest=sha256(data))
    server.files[_BATCH] = data
    server.announce(THIRD)


def _batch_listed_otherwise(server: PaperServer) -> None:
    server.entries[0] = replace(server.entries[0], digest=bytes(32))
    server.announce(THIRD)


def _batch_not_listed_any_more(server: PaperServer) -> None:
    del server.entries[0]
    server.announce(THIRD)


def _batch_not_served_any_more(server: PaperServer) -> None:
    del server.files[_BATCH]


def _batch_of_a_stranger(server: PaperServer) -> None:
    server.publish(THIRD, [key(4)], key=STRANGER)


def _batch_beside_the_log(server: PaperServer) -> None:
    server.publish(THIRD, [key(4)])
    server.logged.pop()
    server.announce(THIRD)


def _forked_log(server: PaperServer) -> None:
    data = server.batch(FIRST, [key(9)])
    server.logged[0] = replace(server.logged[0], size_bytes=len(data), digest=sha256(data))
    server.publish(THIRD, [key(4)])


def _fork_of_the_same_size(server: PaperServer) -> None:
    server.logged.reverse()
    server.announce(THIRD)


def _two_logs(server: PaperServer) -> None:
    index, other = server.files["/v1/index"], honest()
    other.logged[0] = replace(other.logged[0], digest=bytes(32))
    other.logged.append(replace(other.logged[1], kind="other"))
    other.announce(THIRD)
    server.files |= {**other.files, "/v1/index": index}


def _log_behind_its_index(server: PaperServer) -> None:
    checkpoint = server.files[_CHECKPOINT]
    server.publish(THIRD, [key(4)])
    server.files[_CHECKPOINT] = checkpoint


def _shorter_log(server: PaperServer) -> None:
    server.logged.pop()
    server.announce(THIRD)


def _tile_that_is_gone(server: PaperServer) -> None:
    server.publish(THIRD, [key(4)])
    for path in [path for path in server.files if "/tile/0/" in path]:
        del server.files[path]


def _batch_in_the_log_alone(server: PaperServer) -> None:
    server.log(server.batch(THIRD, [key(4)]), THIRD)
    server.announce(THIRD)


FORGERIES: tuple[tuple[str, str, Callable[[PaperServer], None]], ...] = (
    ("an older index is shown again", "index went back", _older_index),
    ("two indexes have one number", "index went back", _two_indexes_of_one_number),
    ("a batch has other bytes than before", "batch changed", _other_bytes),
    ("a batch is published again with less", "batch changed", _batch_published_again),
    ("a batch is listed with another digest", "batch changed", _batch_listed_otherwise),
    ("a batch is not listed any more", "batch vanished", _batch_not_listed_any_more),
    ("a listed batch is not served any more", "batch vanished", _batch_not_served_any_more),
    ("an index is signed by a stranger", "unreadable", _index_of_a_stranger),
    ("a batch is signed by a stranger", "unreadable", _batch_of_a_stranger),
    ("a batch is listed beside the log", "not in the log", _batch_beside_the_log),
    ("the log is forked and grows", "log inconsistent", _forked_log),
    ("the log is forked at the same size", "log inconsistent", _fork_of_the_same_size),
    ("the log is another than the index's", "log inconsistent", _two_logs),
    ("the log is behind its index", "log inconsistent", _log_behind_its_index),
    ("the log becomes shorter", "log inconsistent", _shorter_log),
    ("a tile of the log is gone", "log inconsistent", _tile_that_is_gone),
    ("the log holds a batch that was never listed", "log inconsistent", _batch_in_the_log_alone),
)
"""What is done, how it is to be counted, and the doing; a server is honest before."""
