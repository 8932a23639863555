"""GAEN key files that a server publishes beside batches: made, served, taken over, erased."""

import asyncio
import functools
import hashlib
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from databases import sqlite_only
from dp3t import Batch, Instant, day_of, release_after
from dp3t.primitives import P256PublicKey
from dp3t.proximity import ExportSigner, exports_of_batch
from dp3t.proximity.export.content import KeyExport
from dp3t.proximity.export.reader import read_export
from dp3t.publication import KeyRecord
from dp3t_server import key_content
from dp3t_server import key_files as key_files_module
from dp3t_server.clock import SimulatedClock
from dp3t_server.config import Config
from dp3t_server.key_files import KeyFile, key_files
from dp3t_server.publisher import Publisher
from dp3t_server.rotation import rotate_export_key
from dp3t_server.tables import key_files as key_file_table
from key_server import DAY, NOW, SLOT, InnerServer, gaen_record, in_process, lowcost_record
from phones import STATE_KEY, hear, new, rand, report, say
from terminal import document

NEXT = release_after(NOW)
LEASE = Config().lease_seconds
LIST = "/v1/exports/index.txt"


def path_of(release: int, number: int = 1) -> str:
    return f"/v1/exports/VN-{release}-{number:05d}.zip"


async def upload(server: InnerServer, *records: KeyRecord) -> None:
    for code, record in zip(await server.codes(len(records)), records, strict=True):
        assert await server.upload(code, record) == "accepted"


async def paths_listed(server: InnerServer) -> list[str]:
    return [f"/{line}" for line in (await server.get(LIST)).decode("ascii").splitlines()]


def public_keys(server: InnerServer) -> dict[str, P256PublicKey]:
    return {key.name: key.public() for key in server.parts.secrets.load().export}


async def fetched(server: InnerServer, path: str) -> KeyExport:
    """Fetch and verify a key file."""
    return read_export(await server.get(path), keys=public_keys(server))


def keys_in(file: KeyExport) -> list[KeyRecord]:
    return [each.key.record() for each in (*file.keys, *file.revised_keys)]


@pytest.mark.spec("KEY-FILES-1", "KEY-FILES-2", "KEY-FILES-5", "KEY-FILES-11")
async def test_a_batch_of_gaen_comes_with_a_signed_key_file_of_the_same_keys(
    tmp_path: Path, database: str
) -> None:
    async with in_process(tmp_path, config=Config(database=database)) as server:
        records = [gaen_record(days_ago=days) for days in (1, 2, 2, 3)]
        await upload(server, *records, lowcost_record())
        assert await paths_listed(server) == []
        await server.move_to(NEXT)
        assert await server.get(LIST) == f"v1/exports/VN-{NEXT}-00001.zip\n".encode()
        file = await fetched(server, path_of(NEXT))
        assert keys_in(file) == sorted(records, key=lambda each: each.key)
        assert (file.region, file.start, file.end) == ("VN", NEXT - SLOT, NEXT)
        assert [info.name for info in file.verified] == ["452-v1"]
        status, answer = await server.ask("GET", f"/v1/exports/VN-{NEXT}-%00.zip")
        assert (status, answer["error"]["code"]) == (404, "not-found")


@pytest.mark.spec("KEY-FILES-11")
@pytest.mark.parametrize(
    ("path", "cache", "kind"),
    [
        (LIST, "no-cache", "text/plain"),
        (path_of(NEXT), "public, max-age=1209600, immutable", "application/zip"),
    ],
)
async def test_list_and_files_come_with_their_tags_and_are_not_sent_twice(
    server: InnerServer, path: str, cache: str, kind: str
) -> None:
    await upload(server, gaen_record())
    await server.move_to(NEXT)
    async with server.session.get(server.url + path) as response:
        data, headers = await response.read(), response.headers.copy()
    assert (headers["Content-Type"], headers["Cache-Control"]) == (kind, cache)
    assert headers["ETag"] == f'"{hashlib.sha256(data).hexdigest()}"'
    for shown, status in {headers["ETag"]: 304, '"other"': 200}.items():
        async with server.session.get(
            server.url + path, headers={"If-None-Match": shown}
        ) as response:
            assert (response.status, response.headers["ETag"]) == (status, headers["ETag"])
            assert await response.read() == (data if status == 200 else b"")
    async with server.session.head(server.url + path) as response:
        assert (response.status, response.headers["Content-Length"]) == (200, str(len(data)))


@pytest.mark.spec("KEY-FILES-11")
@pytest.mark.parametrize(
    "name",
    [
        f"VN-{NEXT}-00002.zip",
        f"VN-{NEXT}-1.zip",
        f"VN-0{NEXT}-00001.zip",
        f"LA-{NEXT}-00001.zip",
        f"vn-{NEXT}-00001.zip",
        f"VN-{NEXT + SLOT}-00001.zip",
        f"VN-{NEXT}-00001",
        f"VN-{NEXT}-00001.ZIP",
        f"VN-{NEXT}-00001%00.zip",
        f"VN-{NEXT}-00001%20.zip",
        f"VN-{NEXT}-0000\N{ARABIC-INDIC DIGIT ONE}.zip",
        ".zip",
        "%25.zip",
        "index.txt.zip",
        "..%2F..%2Fkeys.json.zip",
        "",
        "index.txt/",
    ],
)
async def test_no_other_name_is_a_key_file(server: InnerServer, name: str) -> None:
    await upload(server, gaen_record())
    await server.move_to(NEXT)
    status, answer = await server.ask("GET", f"/v1/exports/{name}")
    assert (status, answer["error"]["code"]) == (404, "not-found")


@pytest.mark.spec("KEY-FILES-1")
async def test_without_a_batch_of_gaen_there_is_no_key_file(server: InnerServer) -> None:
    await upload(server, lowcost_record())
    await server.move_to(NEXT)
    assert await paths_listed(server) == []


@pytest.mark.spec("KEY-FILES-1")
async def test_an_operator_can_do_without_key_files(tmp_path: Path) -> None:
    async with in_process(tmp_path, config=Config(key_files=False)) as server:
        await upload(server, gaen_record())
        await server.move_to(NEXT)
        assert [batch.design for batch in await server.batches()] == ["gaen"]
        assert await paths_listed(server) == []
    async with in_process(tmp_path) as server:
        await server.move_to(NEXT)
        assert await paths_listed(server) == []  # what is published stays as it was


@pytest.mark.spec("KEY-FILES-5", "KEY-FILES-11")
async def test_the_list_names_the_oldest_release_first_and_a_file_stays_as_it_was(
    server: InnerServer,
) -> None:
    seen = dict[str, bytes]()
    for slots in range(3):
        now = Instant(NEXT + slots * SLOT)
        await upload(server, gaen_record(days_ago=slots + 1))
        await server.move_to(now)
        await rotate_export_key(server.parts, valid_from=Instant(now + 2 * SLOT), now=now)
        assert await paths_listed(server) == [path_of(NEXT + n * SLOT) for n in range(slots + 1)]
        seen[path_of(now)] = await server.get(path_of(now))
    for path, data in seen.items():
        assert await server.get(path) == data


@pytest.mark.spec("KEY-FILES-11")
async def test_the_list_is_in_the_order_of_releases_then_numbers(
    tmp_path: Path, database: str
) -> None:
    """Not in that of names: a release of fewer digits is older."""
    async with in_process(tmp_path, config=Config(database=database)) as server:
        ordered = [(7_200, 9), (7_200, 10), (14_400, 1)]
        async with server.parts.store.writing() as transaction:
            for release, number in reversed(ordered):
                name = f"VN-{release}-{number:05d}"
                file = KeyFile(name=name, release=Instant(release), digest=bytes(32), data=b"")
                await transaction.key_files.add(file)
        assert await paths_listed(server) == [path_of(*place) for place in ordered]


@pytest.mark.spec("KEY-FILES-7", "KEY-FILES-8")
async def test_a_file_of_secrets_from_before_that_is_restored_meanwhile_stops_nothing(
    server: InnerServer,
) -> None:
    former = public_keys(server)
    secrets = server.parts.secrets.load()
    server.parts.secrets.replace(replace(secrets, export=()))
    await upload(server, gaen_record())
    await server.move_to(NEXT)
    assert read_export(await server.get(path_of(NEXT)), keys=former).verified


@pytest.mark.spec("KEY-FILES-3", "KEY-FILES-5", "EXPORT-35")
async def test_what_does_not_fit_into_one_file_is_listed_in_further_ones(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_each = functools.partial(exports_of_batch, most_keys=2)
    monkeypatch.setattr(key_files_module, "exports_of_batch", two_each)
    async with in_process(tmp_path, config=Config(database=database)) as server:
        records = [gaen_record() for _ in range(5)]
        await upload(server, *records)
        await server.move_to(NEXT)
        assert await paths_listed(server) == [path_of(NEXT, number) for number in (1, 2, 3)]
        files = [await fetched(server, path) for path in await paths_listed(server)]
        assert [(file.batch_number, file.batch_size) for file in files] == [(1, 3), (2, 3), (3, 3)]
        found = [record for file in files for record in keys_in(file)]
        assert found == sorted(records, key=lambda each: each.key)


@pytest.mark.spec("KEY-FILES-6", "KEY-FILES-12")
async def test_who_has_the_batch_and_the_export_key_builds_the_key_file_again(
    server: InnerServer,
) -> None:
    await upload(server, *(gaen_record() for _ in range(4)))
    await server.move_to(NEXT)
    batch = Batch.open(await server.get(f"/v1/batches/gaen-{NEXT}"), trusted=server.trusted())
    (key,) = server.parts.secrets.load().export
    signers = [ExportSigner(key.private(), "452", "v1")]
    assert exports_of_batch(batch, signers=signers) == [await server.get(path_of(NEXT))]


@pytest.mark.spec("KEY-FILES-4")
async def test_what_was_published_before_is_told_apart_in_the_file(server: InnerServer) -> None:
    records = [gaen_record() for _ in range(3)]
    await upload(server, *records)
    await server.move_to(NEXT)
    (key,) = server.parts.secrets.load().export
    (file,) = key_files(
        await server.get(f"/v1/batches/gaen-{NEXT}"),
        signers=[ExportSigner(key.private(), "452", "v1")],
        revised={records[0].key},
    )
    export = read_export(file.data, keys=public_keys(server))
    assert [each.key.key for each in export.revised_keys] == [records[0].key]
    assert len(export.keys) == 2


@pytest.mark.spec("KEY-FILES-7", "KEY-FILES-9")
async def test_while_two_keys_are_valid_both_sign_and_either_is_enough(server: InnerServer) -> None:
    await rotate_export_key(server.parts, valid_from=Instant(NEXT + SLOT), now=NOW)
    signers = list[list[str]]()
    for release in (NEXT, NEXT + SLOT, NEXT + SLOT + 15 * DAY):
        await server.move_to(max(NOW, release - SLOT))
        await upload(server, gaen_record(Instant(release)))
        await server.move_to(release)
        file = await fetched(server, path_of(release))
        assert file.verified == file.signature_infos
        signers.append([info.name for info in file.verified])
        for name in signers[-1]:
            read_export(await server.get(path_of(release)), keys={name: public_keys(server)[name]})
    assert signers == [["452-v1"], ["452-v2", "452-v1"], ["452-v2"]]


@pytest.mark.spec("KEY-FILES-6", "KEY-FILES-5", "SERVER-58")
async def test_who_takes_a_slot_over_publishes_the_very_key_file_and_the_former_holder_nothing(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first publisher stands still, its key file built, until the second has published."""
    built, stalled, go_on = list[list[KeyFile]](), threading.Event(), threading.Event()

    def slowly(signed: bytes, **options: Any) -> list[KeyFile]:
        files = key_files(signed, **options)
        built.append(files)
        if len(built) == 1:
            stalled.set()
            assert go_on.wait(30)
        return files

    monkeypatch.setattr(key_content, "key_files", slowly)
    clock = SimulatedClock(Instant(0))
    async with in_process(tmp_path, config=Config(database=database)) as server:
        await upload(server, *(gaen_record() for _ in range(3)))
        parts = server.parts
        first, second = (
            Publisher(
                parts.store,
                parts.secrets,
                parts.config,
                holder=server.data.path / name,
                lease_clock=clock,
            )
            for name in ("first", "second")
        )
        former = asyncio.create_task(first.try_to_publish(NEXT))
        await asyncio.to_thread(stalled.wait)
        clock.move_to(Instant(LEASE + 1))
        assert await second.try_to_publish(NEXT) is not None
        served = await server.get(path_of(NEXT))
        go_on.set()
        assert await former is None
        assert await server.get(path_of(NEXT)) == served
        assert built[0] == built[1]
        assert [file.data for file in built[0]] == [served]


@pytest.mark.spec("KEY-FILES-1", "SERVER-24")
async def test_batch_and_key_file_are_published_together_or_not_at_all(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("injected")

    async with in_process(tmp_path, config=Config(database=database)) as server:
        await upload(server, gaen_record())
        with monkeypatch.context() as patch:
            patch.setattr("dp3t_server.key_file_store.KeyFileStore.add", fail)
            with pytest.raises(OSError, match="injected"):
                await server.parts.publisher.publish(NEXT)
        assert await server.batches() == []
        await server.parts.publisher.publish(NEXT)
        assert await paths_listed(server) == [path_of(NEXT)]
        assert keys_in(await fetched(server, path_of(NEXT))) == await server.published()


@pytest.mark.spec("KEY-FILES-13", "SERVER-27")
async def test_a_key_file_is_erased_with_its_batch(tmp_path: Path, database: str) -> None:
    async with in_process(tmp_path, config=Config(database=database)) as server:
        await upload(server, gaen_record())
        await server.move_to(NEXT)
        last = Instant((day_of(NEXT) + 15) * DAY - SLOT)
        for now, kept in ((last, True), (Instant(last + SLOT), False)):
            await server.move_to(now)
            assert await paths_listed(server) == ([path_of(NEXT)] if kept else [])
            assert bool(await server.listed()) is kept
            status = (await server.session.get(server.url + path_of(NEXT))).status
            assert status == (200 if kept else 404)
        async with server.parts.store.database.reading() as connection:
            assert (await connection.execute(select(key_file_table))).all() == []


@pytest.mark.spec("KEY-FILES-13", "SERVER-28")
@sqlite_only
async def test_an_erased_key_file_is_overwritten(server: InnerServer) -> None:
    await upload(server, record := gaen_record())
    await server.move_to(NEXT)
    assert record.key in server.data.database.read_bytes()
    await server.move_to(NEXT + 16 * DAY)
    assert record.key not in server.data.database.read_bytes()


@pytest.mark.spec("KEY-FILES-1", "KEY-FILES-2", "EXPORT-36", "TERMINAL-18")
async def test_a_phone_finds_in_a_downloaded_key_file_what_it_finds_in_the_batch(
    server: InnerServer, tmp_path: Path
) -> None:
    """From the meeting to `dp3t match`, with the keys as `dp3t-server keys` shows them."""
    met = Instant(NOW - DAY)
    ours, theirs = new("gaen", now=met), new("gaen", now=met)
    hear(ours, say(theirs, met), met)
    theirs.tick(NOW, rand=rand)
    reported = report(theirs, NOW, since=day_of(met))
    assert await server.upload(await server.code(), *reported.records) == "accepted"
    await server.move_to(NOW + 2 * DAY)
    (entry, *_) = await server.listed()
    (key,) = server.parts.secrets.load().export
    contents = {
        "phone": ours.save(key=STATE_KEY, rand=rand),
        "phone.key": STATE_KEY.hex().encode(),
        "batch": await server.get(f"/v1/batches/{entry.name}"),
        "keys.zip": await server.get(path_of(entry.release)),
        "key.pem": key.public().to_pem(),
    }
    paths = {name: str(tmp_path / name) for name in contents}
    for name, data in contents.items():
        Path(paths[name]).write_bytes(data)
    (signing,) = server.trusted()
    phone = ("--phone", paths["phone"], "--phone-key", paths["phone.key"])
    pem, batch_key = ("--public-key", paths["key.pem"]), ("--public-key", signing.public.hex())

    async def run(*arguments: str) -> dict[str, Any]:
        return await asyncio.to_thread(document, *arguments)

    of_zip = await run("match", paths["keys.zip"], *phone, *pem)
    of_batch = await run("match", paths["batch"], *phone, *batch_key)
    assert of_zip["matches"] == of_batch["matches"]
    assert [match["sightings"] for match in of_zip["matches"]] == [1]
    assert of_zip["files"][0]["verified"] is True
    given = (paths["keys.zip"], "--batch", paths["batch"], *pem, *batch_key)
    assert (await run("export", "check", *given))["verified"] is True
