"""A database restored from a copy takes over what phones have seen since."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from databases import sqlite_only
from dp3t import Instant, Phone, PolicyError, random_from_os, release_after
from dp3t.client import Client
from dp3t.publication import ServerView
from dp3t_server.catching_up import catch_up
from dp3t_server.clock import SimulatedClock
from dp3t_server.static_tree import write_tree
from key_server import (
    NOW,
    SLOT,
    InnerServer,
    gaen_record,
    in_process,
    keys_of,
    lowcost_record,
)

pytestmark = sqlite_only

NEXT = release_after(NOW)


def copy_data(source: Path, target: Path) -> None:
    """Copy what a backup has: the database, which nobody has open, and the keys."""
    shutil.rmtree(target / "data", ignore_errors=True)
    shutil.copytree(source / "data", target / "data")


@asynccontextmanager
async def restored(folder: Path, now: int) -> AsyncIterator[InnerServer]:
    """Run a server on the backup; its clock stands at the backup's release, so it is idle."""
    copy_data(folder / "backup", folder)
    async with in_process(folder, clock=SimulatedClock(Instant(now))) as server:
        yield server


async def lived(folder: Path) -> tuple[ServerView, list[bytes]]:
    """Publish, make a backup with one key waiting, publish that and more, and write the tree.

    Return what a phone knows in the end, and every key that was published.
    """
    waiting, later = lowcost_record(), gaen_record()
    async with in_process(folder) as server:
        first = lowcost_record()
        await server.upload(await server.code(), first)
        await server.move_to(NEXT)
        await server.upload(await server.code(), waiting)
    copy_data(folder, folder / "backup")
    async with in_process(folder, clock=SimulatedClock(Instant(NEXT))) as server:
        await server.upload(await server.code(), later)
        await server.move_to(NEXT + SLOT)
        await write_tree(server.parts.store, folder / "tree")
        now = Instant(NEXT + SLOT)
        phone = Phone.create("lowcost", now=now, rand=random_from_os)
        async with Client(server.url, view=server.view()) as client:
            await client.update(phone, now=now)
            return client.view, keys_of([first, waiting, later])


@pytest.mark.spec("STATIC-4")
async def test_what_phones_have_seen_is_taken_over_and_goes_on(tmp_path: Path) -> None:
    view, keys = await lived(tmp_path)
    async with restored(tmp_path, NEXT) as server:
        before = await server.index()
        assert await catch_up(server.parts, tmp_path / "tree") == 2
        assert (await server.index()).number > before.number
        assert keys_of(await server.published()) == keys
        await write_tree(server.parts.store, tmp_path / "again")
        served = (tmp_path / "tree/v1").rglob("*")
        for path in (path for path in served if path.is_file() and ".p" not in path.parts[-2]):
            again = tmp_path / "again" / path.relative_to(tmp_path / "tree")
            assert again.read_bytes() == path.read_bytes(), path
        await server.upload(await server.code(), fresh := lowcost_record())
        now = Instant(NEXT + 2 * SLOT)
        await server.move_to(now)
        assert keys_of(await server.published()) == sorted([*keys, fresh.key])
        phone = Phone.create("lowcost", now=now, rand=random_from_os)
        async with Client(server.url, view=view) as client:
            await client.update(phone, now=now)


@pytest.mark.spec("STATIC-4")
async def test_a_key_that_went_out_after_the_copy_is_not_taken_again(tmp_path: Path) -> None:
    _, keys = await lived(tmp_path)
    async with restored(tmp_path, NEXT) as server:
        await catch_up(server.parts, tmp_path / "tree")
        (again,) = [each for each in await server.published() if len(each.key) == 16]
        await server.upload(await server.code(), again)
        await server.move_to(NEXT + 3 * SLOT)
        assert keys_of(await server.published()) == keys


@pytest.mark.spec("STATIC-4")
async def test_without_it_a_phone_refuses_the_restored_server(tmp_path: Path) -> None:
    """What the command is for."""
    view, _ = await lived(tmp_path)
    async with restored(tmp_path, NEXT) as server:
        now = Instant(NEXT + 2 * SLOT)
        await server.upload(await server.code(), gaen_record())
        await server.move_to(now)
        await server.upload(await server.code(), gaen_record())
        await server.move_to(now + SLOT)
        phone = Phone.create("lowcost", now=now, rand=random_from_os)
        async with Client(server.url, view=view) as client:
            with pytest.raises(Exception, match="two histories"):
                await client.update(phone, now=Instant(now + SLOT))


@pytest.mark.spec("STATIC-4")
async def test_what_cannot_be_taken_over_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    await lived(tmp_path)
    async with restored(tmp_path, NEXT) as server:
        before = await server.get("/v1/index")
        damaged = tmp_path / "tree/v1/batches" / f"lowcost-{NEXT + SLOT}"
        whole = damaged.read_bytes()
        damaged.write_bytes(whole[:-1])
        with pytest.raises(Exception, match="not the file the index describes"):
            await catch_up(server.parts, tmp_path / "tree")
        damaged.write_bytes(whole)
        assert await server.get("/v1/index") == before
        await server.upload(await server.code(), gaen_record())
        await server.move_to(NEXT + SLOT)
        with pytest.raises(PolicyError, match="since it was restored"):
            await catch_up(server.parts, tmp_path / "tree")


@pytest.mark.spec("STATIC-4")
async def test_a_tree_of_another_server_or_of_the_past_is_refused(tmp_path: Path) -> None:
    await lived(tmp_path)
    async with in_process(tmp_path / "stranger") as server:
        with pytest.raises(Exception, match=r"trusts|key"):
            await catch_up(server.parts, tmp_path / "tree")
    async with restored(tmp_path, NEXT) as server:
        await catch_up(server.parts, tmp_path / "tree")
        with pytest.raises(PolicyError, match="nothing that the database lacks"):
            await catch_up(server.parts, tmp_path / "tree")
