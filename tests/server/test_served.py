"""Published files in memory: they count for a moment, and never longer than they may."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from dp3t_server import served
from dp3t_server.files import STAYS, ZIP, PublicFile
from dp3t_server.served import SEEN_WITHIN_SECONDS, ServedFiles

ONE, OTHER = PublicFile.of(b"one"), PublicFile.of(b"another")


@dataclass(slots=True)
class Database:
    """Something that is read; what it holds, the time, and how often it was asked."""

    index: bytes | None = b"1"
    files: dict[str, PublicFile] = field(default_factory=lambda: {"a": ONE})
    now: float = 100.0
    asked: int = 0
    loaded: int = 0
    meanwhile: Callable[[], Awaitable[None]] | None = None

    @asynccontextmanager
    async def reading(self) -> AsyncIterator["Database"]:
        """Let others run before and after, as a database does."""
        await asyncio.sleep(0)
        yield self
        await asyncio.sleep(0)

    async def index_digest(self) -> bytes | None:
        self.asked += 1
        found = self.index
        if self.meanwhile is not None:
            await self.meanwhile()
        return found

    async def load(self, name: str) -> PublicFile | None:
        self.loaded += 1
        return self.files.get(name)


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def files(database: Database) -> ServedFiles[Database]:
    return ServedFiles(database.reading, clock=lambda: database.now)


async def ask(files: ServedFiles[Database], name: str = "a") -> bytes | None:
    found = await files.file(name, lambda read: read.load(name), cache=STAYS, kind=ZIP, route=name)
    return None if found is None else found.file.data


async def test_a_file_is_read_once_while_the_index_is_looked_up_once(
    files: ServedFiles[Database], database: Database
) -> None:
    assert files.at_hand("a") is None
    assert [await ask(files) for _ in range(5)] == [b"one"] * 5
    assert database.loaded == 1
    kept = files.at_hand("a")
    assert kept is not None
    assert (kept.file, kept.cache, kept.kind, kept.route) == (ONE, STAYS, ZIP, "a")
    asked = database.asked
    database.now += SEEN_WITHIN_SECONDS - 0.01
    await ask(files)
    assert database.asked == asked


@pytest.mark.spec("SERVER-74")
async def test_what_another_process_did_is_seen_within_the_time_and_not_served_after(
    files: ServedFiles[Database], database: Database
) -> None:
    await ask(files)
    database.index, database.files = b"2", {"a": OTHER}
    database.now += SEEN_WITHIN_SECONDS
    assert files.at_hand("a") is None
    assert await ask(files) == b"another"
    database.index, database.files = b"3", {}
    database.now += SEEN_WITHIN_SECONDS
    assert await ask(files) is None


async def test_the_same_index_keeps_the_files(
    files: ServedFiles[Database], database: Database
) -> None:
    await ask(files)
    database.now += 10 * SEEN_WITHIN_SECONDS
    assert files.at_hand("a") is None
    assert await ask(files) == b"one"
    assert database.loaded == 1


@pytest.mark.spec("SERVER-75")
async def test_what_this_process_published_is_served_at_once(
    files: ServedFiles[Database], database: Database
) -> None:
    await ask(files)
    database.index, database.files = b"2", {"a": OTHER}
    files.forget()
    assert files.at_hand("a") is None
    assert await ask(files) == b"another"


@pytest.mark.spec("SERVER-75")
async def test_what_was_read_before_a_publication_does_not_come_back_after_it(
    files: ServedFiles[Database], database: Database
) -> None:
    """The publication commits while a request reads the former state."""

    async def publish() -> None:
        database.meanwhile = None
        database.index, database.files = b"2", {"a": OTHER}
        files.forget()

    database.meanwhile = publish
    await ask(files)
    assert await ask(files) == b"another"
    kept = files.at_hand("a")
    assert kept is not None
    assert kept.file == OTHER


async def test_a_file_of_another_index_is_not_kept(
    files: ServedFiles[Database], database: Database
) -> None:
    await ask(files)
    database.index, database.files["b"] = b"2", OTHER
    assert await ask(files, "b") == b"another"
    assert files.at_hand("b") is None


async def test_many_who_ask_at_once_read_once(
    files: ServedFiles[Database], database: Database
) -> None:
    assert await asyncio.gather(*(ask(files) for _ in range(20))) == [b"one"] * 20
    assert (database.asked, database.loaded) == (2, 1)


async def test_nothing_is_kept_before_the_first_publication(
    files: ServedFiles[Database], database: Database
) -> None:
    database.index = None
    assert await ask(files) == b"one"
    assert files.at_hand("a") is None


async def test_the_memory_is_bounded_and_the_least_recent_goes_first(
    files: ServedFiles[Database], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served, "MOST_BYTES", 10)
    database.files = {name: PublicFile.of(name.encode() * 4) for name in "abc"}
    for name in "abac":
        assert await ask(files, name) == name.encode() * 4
    assert [name for name in "abc" if files.at_hand(name)] == ["a", "c"]
    database.files["d"] = PublicFile.of(b"d" * 11)
    assert await ask(files, "d") == b"d" * 11
    assert [name for name in "abcd" if files.at_hand(name)] == []


async def test_a_database_that_fails_is_not_hidden_for_longer(
    files: ServedFiles[Database], database: Database
) -> None:
    await ask(files)

    async def fail() -> None:
        raise OSError("it is down")

    database.meanwhile = fail
    database.now += SEEN_WITHIN_SECONDS
    with pytest.raises(OSError, match="it is down"):
        await ask(files)
    assert files.at_hand("a") is None
