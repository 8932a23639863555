"""spec/publication/static.md: the published files as a folder, and a client that reads it."""

import asyncio
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from databases import sqlite_only
from dp3t import Instant, Phone, PolicyError, day_of, random_from_os, release_after
from dp3t.client import Client
from dp3t.publication import HEADER_BYTES, Index, ServerView
from dp3t_server.clock import SimulatedClock
from dp3t_server.config import Config
from dp3t_server.rotation import rotate
from dp3t_server.static_tree import Written, write_tree
from key_server import DAY, NOW, SLOT, InnerServer, gaen_record, in_process, lowcost_record

NEXT = release_after(NOW)


def content(folder: Path) -> dict[str, bytes]:
    """Return every published file of a tree by its path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in (folder / "v1").rglob("*")
        if path.is_file()
    }


async def publish(server: InnerServer, release: int) -> None:
    now = server.clock.now()
    await server.upload(await server.code(), lowcost_record(now))
    await server.upload(await server.code(), gaen_record(now))
    await server.move_to(release)


@asynccontextmanager
async def web_server(folder: Path) -> AsyncIterator[str]:
    """Run `python -m http.server` on a folder; yield its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"),
        *("--directory", str(folder)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        async with aiohttp.ClientSession() as session:
            for _ in range(200):
                try:
                    async with session.get(url):
                        break
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.05)
        yield url
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.spec("STATIC-1")
async def test_the_tree_has_what_the_server_answers_at_the_same_paths(
    server: InnerServer, tmp_path: Path
) -> None:
    await publish(server, NEXT)
    await publish(server, NEXT + 2 * DAY)
    await server.move_to(NEXT + 3 * DAY)
    folder = tmp_path / "tree"
    written = await write_tree(server.parts.store, folder)
    found = content(folder)
    assert written == Written(files=len(found), new=len(found), removed=0)
    for path, data in found.items():
        assert await server.get(f"/{path}") == data
    index = Index.decode(found["v1/index"][HEADER_BYTES:])
    named = {f"v1/days/{day.name}" for day in index.days}
    named |= {f"v1/batches/{entry.name}" for entry in await server.listed()}
    named |= {f"v1/exports/VN-{release}-00001.zip" for release in (NEXT, NEXT + SLOT)}
    assert named | {"v1/index", "v1/log/checkpoint", "v1/exports/index.txt"} <= set(found)
    assert len(named) == 7


@pytest.mark.spec("STATIC-1")
async def test_a_phone_reads_the_tree_from_any_web_server(
    server: InnerServer, tmp_path: Path
) -> None:
    """Twice, with a restart between, and reports go to the server itself."""
    folder, phone = tmp_path / "tree", Phone.create("lowcost", now=NOW, rand=random_from_os)
    await publish(server, NEXT)
    await write_tree(server.parts.store, folder)
    view, batches = server.view(), []
    async with web_server(folder) as url:
        for now in (NEXT, NEXT, NEXT + SLOT):
            if now > NEXT:
                await publish(server, now)
                await write_tree(server.parts.store, folder)
            phone.tick(Instant(now), rand=random_from_os)
            async with Client(url, view=ServerView.decode(view.encode())) as client:
                batches.append((await client.update(phone, now=Instant(now))).batches)
                batches.append((await client.update(phone, now=Instant(now))).batches)
                view = client.view
        phone.report(since=day_of(NOW), now=Instant(NEXT + SLOT), rand=random_from_os)
        async with Client(url, view=view, uploads_to=server.url) as client:
            await client.upload(phone, await server.code())
    assert batches == [1, 0, 0, 0, 1, 0]
    assert phone.pending is None


@pytest.mark.spec("STATIC-2")
async def test_a_batch_and_its_name_are_on_the_disk_before_the_index(
    server: InnerServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, settled = tmp_path / "tree", list[int]()
    monkeypatch.setattr(os, "fsync", lambda file: settled.append(os.fstat(file).st_ino))
    await publish(server, NEXT)
    await write_tree(server.parts.store, folder)
    paths = (f"v1/batches/lowcost-{NEXT}", "v1/batches", "v1/index")
    places = [settled.index((folder / path).stat().st_ino) for path in paths[::2]]
    assert places == sorted(places)
    assert (folder / paths[1]).stat().st_ino in settled[places[0] : places[1]]


async def test_what_stands_in_the_tree_is_read_before_the_database_is(
    server: InnerServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL ends a transaction that idles for twenty seconds, and large trees take longer."""
    await publish(server, NEXT)
    await write_tree(server.parts.store, tmp_path / "tree")

    def reading() -> None:
        raise InterruptedError

    monkeypatch.setattr(server.parts.store, "reading", reading)
    read = list[bytes]()
    monkeypatch.setattr("dp3t_server.static_tree.sha256", read.append)
    with pytest.raises(InterruptedError):
        await write_tree(server.parts.store, tmp_path / "tree")
    assert len(read) == 8


@pytest.mark.spec("STATIC-2")
async def test_only_what_is_new_is_written_and_what_was_erased_is_removed(
    server: InnerServer, tmp_path: Path
) -> None:
    folder = tmp_path / "tree"
    await publish(server, NEXT)
    await write_tree(server.parts.store, folder)
    assert await write_tree(server.parts.store, folder) == Written(files=8, new=0, removed=0)
    (folder / "v1" / "batches" / ".lowcost-1.new").write_bytes(b"of a killed writer")
    (folder / "v1" / "batches" / f"lowcost-{NEXT}").write_bytes(b"damaged")
    assert await write_tree(server.parts.store, folder) == Written(files=8, new=1, removed=1)
    later = (day_of(NEXT) + 16) * DAY
    await server.move_to(later - SLOT)
    await publish(server, later)
    await write_tree(server.parts.store, folder)
    assert not (folder / "v1" / "batches" / f"lowcost-{NEXT}").exists()
    assert (folder / "v1" / "batches" / f"lowcost-{later}").exists()


@pytest.mark.spec("STATIC-2")
async def test_the_index_comes_last(
    server: InnerServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that is killed at any file leaves the former index, or a whole new state."""
    order: list[str] = []
    replace = Path.replace

    def noted(self: Path, target: Path) -> Path:
        order.append(str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", noted)
    await publish(server, NEXT)
    await write_tree(server.parts.store, tmp_path / "tree")
    assert order[-2:] == [str(tmp_path / "tree/v1/log/checkpoint"), str(tmp_path / "tree/v1/index")]


@pytest.mark.spec("STATIC-3")
async def test_a_tree_does_not_go_back_with_a_restored_database(tmp_path: Path) -> None:
    folder = tmp_path / "tree"
    async with in_process(tmp_path) as server:
        await server.move_to(NEXT)
        await rotate(server.parts, valid_from=None, now=server.clock.now())
        await write_tree(server.parts.store, folder)
        shown = content(folder)
    database = tmp_path / "data" / "server.sqlite3"
    if not database.exists():
        pytest.skip("the database is not a file")
    async with in_process(tmp_path, clock=SimulatedClock(NOW)) as server:
        async with server.parts.store.database.writing() as connection:
            await connection.exec_driver_sql("UPDATE current_index SET number = 1")
        async with server.parts.store.writing() as transaction:
            secrets = server.parts.secrets.load()
            await server.parts.publisher.announce(transaction, secrets)
        with pytest.raises(PolicyError, match="restored from a copy"):
            await write_tree(server.parts.store, folder)
    assert content(folder) == shown


@sqlite_only
@pytest.mark.spec("STATIC-3")
@pytest.mark.parametrize("slots", [1, 3])
async def test_a_tree_does_not_fork_with_a_restored_database_that_published_again(
    tmp_path: Path, slots: int
) -> None:
    """Its index has a higher number, its log is shorter or another."""
    folder = tmp_path / "tree"
    async with in_process(tmp_path) as server:
        await publish(server, NEXT)
    shutil.copytree(tmp_path / "data", tmp_path / "restored/data")
    async with in_process(tmp_path, clock=SimulatedClock(Instant(NEXT))) as server:
        await publish(server, NEXT + SLOT)
        await write_tree(server.parts.store, folder)
        shown = content(folder)
    clock = SimulatedClock(Instant(NEXT + SLOT))
    async with in_process(tmp_path / "restored", clock=clock) as server:
        if slots == 1:
            await server.move_to(NEXT + 2 * SLOT)
        else:
            for slot in range(2, 2 + slots):
                await publish(server, NEXT + slot * SLOT)
        with pytest.raises(PolicyError, match="not the beginning of the database's"):
            await write_tree(server.parts.store, folder)
    assert content(folder) == shown


@pytest.mark.spec("STATIC-3")
@pytest.mark.parametrize("region", ["VN", "VN-48"])
async def test_the_tree_of_another_server_is_left_alone(tmp_path: Path, region: str) -> None:
    folder = tmp_path / "tree"
    async with in_process(tmp_path / "one") as server:
        await write_tree(server.parts.store, folder)
        shown = content(folder)
    async with in_process(tmp_path / "two", config=Config(region=region)) as server:
        with pytest.raises(PolicyError, match="another server or region"):
            await write_tree(server.parts.store, folder)
    assert content(folder) == shown


@pytest.mark.spec("STATIC-3")
async def test_a_folder_with_something_else_is_left_alone(
    server: InnerServer, tmp_path: Path
) -> None:
    (tmp_path / "mine/v1").mkdir(parents=True)
    (tmp_path / "mine/v1/letter").write_text("dear")
    with pytest.raises(PolicyError, match="not made by this command"):
        await write_tree(server.parts.store, tmp_path / "mine")
    await write_tree(server.parts.store, tmp_path / "ours")
    (tmp_path / "ours/v1/index").write_bytes(b"short")
    with pytest.raises(PolicyError, match="no index of this release"):
        await write_tree(server.parts.store, tmp_path / "ours")
    assert (tmp_path / "mine/v1/letter").read_text() == "dear"


async def test_a_web_server_of_another_user_can_read_the_tree(
    server: InnerServer, tmp_path: Path
) -> None:
    before = os.umask(0o077)
    try:
        await write_tree(server.parts.store, tmp_path / "tree")
    finally:
        os.umask(before)
    for path in [tmp_path / "tree", *(tmp_path / "tree/v1").rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644)
