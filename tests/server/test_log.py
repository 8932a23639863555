"""The transparency log of the server: what is published is logged, provable, and stays so."""

import json
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text, update

from dp3t import Instant, Phone, PolicyError, random_from_os, release_after, slot_of
from dp3t.client import Client
from dp3t.publication import Index, ServerView
from dp3t.publication.transparency import (
    BATCH_KIND,
    Checkpoint,
    Entry,
    LogPolicy,
    NoteKey,
    SignedCheckpoint,
    StoredTree,
    audit,
    edge_tiles,
    inclusion_tiles,
)
from dp3t.publication.transparency.tiles import ENTRIES
from dp3t_server.announcement import next_number
from dp3t_server.clock import SimulatedClock
from dp3t_server.database import Database
from dp3t_server.rotation import rotate
from dp3t_server.tables import log_files
from key_server import (
    DAY,
    NOW,
    SLOT,
    InnerServer,
    gaen_record,
    in_process,
    lowcost_record,
)

NEXT = release_after(NOW)


async def publish(server: InnerServer, release: int, *, both: bool = True) -> None:
    """Publish one or two batches at a release."""
    now = server.clock.now()
    await server.upload(await server.code(), lowcost_record(now))
    if both:
        await server.upload(await server.code(), gaen_record(now))
    await server.move_to(release)


def opened(note: bytes, index: Index) -> Checkpoint:
    """Return what a checkpoint says once the log's signature is verified."""
    key = NoteKey.decode(index.log_key)
    policy = LogPolicy(origin=key.name, keys=(key,))
    return policy.open(note).checkpoint


async def audited(server: InnerServer) -> tuple[Entry, ...]:
    """Read the whole log as an auditor does."""
    checkpoint = opened(await server.get("/v1/log/checkpoint"), await server.index())
    (path,) = (tile.path for tile in edge_tiles(checkpoint.size) if tile.level == ENTRIES)
    files = {path: await server.get(f"/v1/log/{path}")}  # short logs have one bundle
    return audit(checkpoint, files.__getitem__)


@pytest.mark.spec("SERVER-60")
async def test_each_batch_has_its_entry_and_the_index_says_where(server: InnerServer) -> None:
    for step in range(1, 4):
        await publish(server, NOW // SLOT * SLOT + step * SLOT, both=step != 2)
    entries = await audited(server)
    assert len(entries) == 5
    for listed in await server.listed():
        data = await server.get(f"/v1/batches/{listed.name}")
        entry = entries[listed.leaf]
        entry.require_describes(data)
        assert (entry.kind, entry.region, entry.name) == (BATCH_KIND, "VN", listed.design)
        assert entry.moment == listed.release


@pytest.mark.spec("SERVER-60", "SERVER-64")
async def test_the_checkpoint_is_that_of_the_index_and_its_tiles_prove_every_batch(
    server: InnerServer,
) -> None:
    await publish(server, NEXT)
    index = await server.index()
    assert index.checkpoint == await server.get("/v1/log/checkpoint")
    checkpoint = opened(index.checkpoint, index)
    for entry in index.entries:
        paths = [tile.path for tile in inclusion_tiles(entry.leaf, checkpoint.size)]
        files = {path: await server.get(f"/v1/log/{path}") for path in paths}
        tree = StoredTree(checkpoint.size, files.__getitem__)
        assert tree.root() == checkpoint.root


@pytest.mark.spec("SERVER-64", "SERVER-3")
async def test_the_log_is_served_as_files_that_stay_and_a_checkpoint_that_changes(
    server: InnerServer,
) -> None:
    await publish(server, NEXT)
    for path, cache, kind in (
        ("checkpoint", "no-cache", "text/plain"),
        ("tile/0/000.p/2", "public, max-age=1209600, immutable", "application/octet-stream"),
        ("tile/entries/000.p/2", "public, max-age=1209600, immutable", "application/octet-stream"),
    ):
        async with server.session.get(f"{server.url}/v1/log/{path}") as answer:
            assert answer.status == 200
            assert (answer.headers["Cache-Control"], answer.content_type) == (cache, kind)
            tag = answer.headers["ETag"]
        known = {"If-None-Match": tag}
        async with server.session.get(f"{server.url}/v1/log/{path}", headers=known) as answer:
            assert (answer.status, await answer.read()) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/log/tile/0/000",
        "/v1/log/tile/0/000.p/3",
        "/v1/log/tile/9/000.p/2",
        "/v1/log/tile/0/%30%30%30.p/1%00",
        "/v1/log/tile/",
        "/v1/log",
        "/v1/days/18813",
        "/v1/days/018813",
        "/v1/days/-1",
        "/v1/days/9999999999999999999999",
    ],
)
async def test_what_the_log_or_the_index_does_not_have_is_not_found(
    server: InnerServer, path: str
) -> None:
    await publish(server, NEXT)
    status, answer = await server.ask("GET", path)
    assert (status, answer["error"]["code"]) == (404, "not-found")


@pytest.mark.spec("SERVER-63")
async def test_an_older_day_has_its_list(server: InnerServer) -> None:
    await publish(server, NEXT)
    first = await server.index()
    assert first.days == ()
    await server.move_to(NEXT + 2 * DAY)
    index = await server.index()
    assert index.entries == ()
    assert await server.listed() == list(first.entries)
    name = index.days[0].name
    async with server.session.get(f"{server.url}/v1/days/{name}") as answer:
        assert answer.headers["Cache-Control"] == "public, max-age=1209600, immutable"
        assert answer.headers["ETag"] == f'"{index.days[0].digest.hex()}"'


@pytest.mark.spec("SERVER-64")
async def test_a_tile_of_an_older_index_stays_for_the_retention_period_and_no_longer(
    server: InnerServer,
) -> None:
    await publish(server, NEXT)
    later = (NEXT // DAY + 14) * DAY
    await publish(server, later)
    old = "/v1/log/tile/0/000.p/2"
    assert await server.get(old)
    await publish(server, later + DAY)
    assert (await server.ask("GET", old))[0] == 404
    assert len(await audited(server)) == 6


@pytest.mark.spec("SERVER-60", "SERVER-64")
async def test_a_log_grows_past_a_full_tile_and_keeps_the_tiles_above_it(
    server: InnerServer,
) -> None:
    """From 256 entries on each edge has a partial tile above the first level, for long the same."""
    signer, store = server.parts.secrets.load().log_signer, server.parts.store
    entries = [
        Entry.of_file(b"file", kind="batch", region="VN", name="gaen", moment=Instant(SLOT * place))
        for place in range(513)
    ]
    shown = (0, 255, 256, 257, 511, 512, 513)
    for first, end in pairwise(shown):
        async with store.writing() as transaction:
            await transaction.log.append(entries[first:end], signer=signer, release=Instant(end))
    async with store.writing() as transaction:
        await transaction.log.forget(before=Instant(511))
        files = await transaction.log.files()
        head = await transaction.log.head()
    assert {"tile/1/000.p/1", "tile/1/000.p/2", "tile/0/000", "tile/0/001"} <= set(files)
    assert "tile/0/000.p/255" not in files
    assert head is not None
    assert list(audit(SignedCheckpoint.parse(head.note).checkpoint, files.__getitem__)) == entries


@pytest.mark.spec("SERVER-61")
async def test_the_number_grows_with_every_index_whatever_made_it(server: InnerServer) -> None:
    first = await server.index()
    assert first.number == slot_of(first.issued) * 65_536
    await rotate(server.parts, valid_from=None, now=server.clock.now())
    second = await server.index()
    assert (second.number, second.issued) == (first.number + 1, first.issued)
    await publish(server, NEXT)
    assert (await server.index()).number == slot_of(NEXT) * 65_536


@pytest.mark.spec("SERVER-61")
def test_a_number_is_never_given_twice_even_after_a_slot_without_room() -> None:
    number = slot_of(NEXT) * 65_536
    assert next_number(number + 70_000, NEXT) == number + 70_001
    assert next_number(number - 70_000, NEXT) == number
    assert next_number(number, NEXT) == number + 1


async def test_a_phone_follows_the_log_over_weeks_and_restarts(tmp_path: Path) -> None:
    """The client proves each step itself; it is anew each time, with the view it kept."""
    dice, phone = Random(4), Phone.create("lowcost", now=NOW, rand=random_from_os)
    kept, now = b"", NEXT
    for _ in range(6):
        async with in_process(tmp_path, clock=SimulatedClock(Instant(now - SLOT))) as server:
            kept = kept or server.view().encode()
            await publish(server, now, both=dice.random() < 0.5)
            async with Client(server.url, view=ServerView.decode(kept)) as client:
                phone.tick(now, rand=random_from_os)
                assert (await client.update(phone, now=now)).batches == 1
                kept = client.view.encode()
        now = Instant(now + SLOT * dice.randint(1, 60))
    assert ServerView.decode(kept).log.size >= 6


@pytest.mark.spec("SERVER-60", "TRANSPARENCY-13")
async def test_tiles_that_are_not_those_of_the_checkpoint_stop_the_publication(
    server: InnerServer,
) -> None:
    """Negative: a log that appended to them would have forked."""
    await publish(server, NEXT)
    before = await server.get("/v1/index")
    async with server.parts.store.database.writing() as connection:
        at = log_files.c.path == "tile/0/000.p/2"
        await connection.execute(update(log_files).where(at).values(data=bytes(64)))
    await server.upload(await server.code(), lowcost_record())
    status, _ = await server.ask("POST", "/v1/operator/clock", {"now": NEXT + SLOT})
    assert status >= 500
    assert await server.get("/v1/index") == before


@pytest.mark.spec("SERVER-62")
@pytest.mark.parametrize("fault", ["missing", "another"])
async def test_a_server_without_the_key_of_its_log_does_not_start(
    tmp_path: Path, fault: str
) -> None:
    async with in_process(tmp_path) as server:
        await publish(server, NEXT)
        path = server.data.secrets
    document = json.loads(path.read_text())
    document["log"] = None if fault == "missing" else {"name": "other", "seed": "00" * 32}
    path.write_text(json.dumps(document))
    with pytest.raises(PolicyError, match="the key of the log"):
        async with in_process(tmp_path):
            pass


@pytest.mark.spec("SERVER-62")
async def test_the_log_has_one_key_through_restarts_and_rotations(tmp_path: Path) -> None:
    keys = set()
    for _ in range(2):
        async with in_process(tmp_path) as server:
            await rotate(server.parts, valid_from=None, now=server.clock.now())
            keys.add((await server.index()).log_key)
    assert len(keys) == 1


@pytest.mark.spec("SERVER-34", "SERVER-60")
async def test_what_a_former_version_published_is_logged_at_the_first_start(
    tmp_path: Path,
) -> None:
    async with in_process(tmp_path) as server:
        await publish(server, NEXT)
        former, where = await server.listed(), server.where
        path = server.data.secrets
    database = await Database.open(where)
    await database.migrate("0005")
    former_index = text("INSERT INTO current_index VALUES (1, :issued, :digest, :data)")
    async with database.writing() as connection:
        row = {"issued": NEXT, "digest": bytes(32), "data": b"an index of version 1"}
        await connection.execute(former_index, row)
    await database.close()
    document = json.loads(path.read_text())
    del document["log"]
    path.write_text(json.dumps(document))
    async with in_process(tmp_path, clock=SimulatedClock(Instant(NEXT + 60))) as server:
        assert [entry.digest for entry in await server.listed()] == [
            entry.digest for entry in former
        ]
        assert [entry.moment for entry in await audited(server)] == [NEXT, NEXT]
        assert (await server.index()).number == slot_of(NEXT) * 65_536
