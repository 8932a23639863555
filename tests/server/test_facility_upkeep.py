"""spec/facilities/facilities-server.md: the record when a server is restored, or ends."""

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import delete, insert

from databases import sqlite_only
from dp3t import Dp3tError, Instant, PolicyError, random_from_os, release_after
from dp3t.facilities import MAX_AUTHORITY_ACT_BYTES, RecordPage, Words
from dp3t.primitives import sha256
from dp3t.publication import HEADER_BYTES, Index
from dp3t_server.catching_up import catch_up
from dp3t_server.clock import SimulatedClock
from dp3t_server.facility_pages import make_page
from dp3t_server.facility_store import StoredAct
from dp3t_server.rows import few_lengths
from dp3t_server.static_tree import write_tree
from dp3t_server.sunset import end_service
from dp3t_server.tables import facility_acts, facility_words
from key_server import NOW, SLOT, InnerServer, in_process
from server_facilities import (
    ACTS,
    FACILITIES_ON,
    FOR_AUTHORITY,
    OBJECTIONS,
    audited,
    enrolled,
    handed_in,
    objection_of,
    send,
)
from server_tokens import stored
from spec.vectors.builders.facility_record import Record

SERVER_CONFIG = FACILITIES_ON
NEXT = release_after(NOW)
LATER = Instant(NEXT + 60)
SAID = Words.write("Mrs Hoa of the kitchen has a cough", rand=random_from_os)


def copy_data(source: Path, target: Path) -> None:
    shutil.rmtree(target / "data", ignore_errors=True)
    shutil.copytree(source / "data", target / "data")


@asynccontextmanager
async def running(folder: Path, now: int) -> AsyncIterator[InnerServer]:
    async with in_process(
        folder, config=FACILITIES_ON, clock=SimulatedClock(Instant(now))
    ) as server:
        yield server


async def lived(folder: Path) -> tuple[Record, bytes]:
    """Enrol a school that somebody objects to, copy the data, and go on; write the tree.

    Return the record, and the objection, whose words are struck after the copy.
    """
    async with running(folder, NOW) as server:
        record = await enrolled(server, "le-loi", "tran-phu")
        (objection,) = await objection_of(server, "le-loi", words=SAID)
        assert (await send(server, objection, SAID, path=OBJECTIONS))["refusal"] is None
    copy_data(folder, folder / "backup")
    async with running(folder, LATER) as server:
        assert (await send(server, record.attest("le-loi", LATER)))["refusal"] is None
        assert await make_page(server.parts, now=LATER)
        struck = record.strike(objection, LATER)
        assert (await send(server, struck, path=FOR_AUTHORITY))["refusal"] is None
        assert await make_page(server.parts, now=LATER)
        await write_tree(server.parts.store, folder / "tree")
    return record, objection


async def take_over(
    folder: Path, *unpaged: bytes, words: Words | None = None, lost: int = -1
) -> None:
    """Restore the copy, and catch up.

    Args:
        folder: where the copy and the tree are.
        unpaged: acts that are added to the copy, as if no page held them.
        words: of the first of these.
        lost: the number of an act that is taken out of the copy.
    """
    copy_data(folder / "backup", folder)
    config = FACILITIES_ON.with_settings(facilities=False)  # or it makes pages itself
    clock = SimulatedClock(LATER)
    async with in_process(folder, config=config, clock=clock) as server:
        async with server.parts.store.writing() as transaction:
            first = await transaction.facilities.count()
            acts = [
                StoredAct(
                    number=number,
                    received=LATER,
                    kind="attestation",
                    facility="tran-phu",
                    signed=signed,
                )
                for number, signed in enumerate(unpaged, start=first)
            ]
            if acts:
                said = {} if words is None else {first: json.dumps(words.to_json()).encode()}
                await transaction.facilities.add(acts, words=said)
            rows = facility_acts.c
            await transaction.connection.execute(delete(facility_acts).where(rows.number == lost))
        await catch_up(server.parts, folder / "tree")


@sqlite_only
@pytest.mark.spec("FACILITIES-SERVER-17", "FACILITIES-SERVER-18")
async def test_a_restored_server_goes_on_with_the_record_that_was_published(
    tmp_path: Path,
) -> None:
    record, _ = await lived(tmp_path)
    await take_over(tmp_path)
    async with running(tmp_path, LATER) as server:
        found = await audited(server)
        assert (found.faults, found.pages, found.board.acts) == ([], 3, 8)
        answer = await send(server, record.attest("tran-phu", LATER))
        assert (answer["refusal"], answer["number"]) == (None, 8)
        _, place = await server.ask("GET", "/v1/facilities/places/le-loi")
        assert [each["number"] for each in place["acts"]] == [2, 5, 6, 7]
        assert await make_page(server.parts, now=LATER)
        found = await audited(server)
        assert (found.faults, found.pages, found.board.acts) == ([], 4, 9)


@sqlite_only
@pytest.mark.spec("FACILITIES-SERVER-9", "FACILITIES-SERVER-18")
async def test_words_that_were_struck_after_the_copy_are_erased_again(tmp_path: Path) -> None:
    await lived(tmp_path)
    copy_data(tmp_path / "backup", tmp_path)
    assert any(b"kitchen" in path.read_bytes() for path in (tmp_path / "data").iterdir())
    await take_over(tmp_path)
    async with running(tmp_path, LATER) as server:
        assert b"kitchen" not in stored(server)


@sqlite_only
@pytest.mark.spec("FACILITIES-SERVER-18")
async def test_an_act_of_the_copy_enters_after_the_published_ones_or_goes(tmp_path: Path) -> None:
    record, _ = await lived(tmp_path)
    published = record.acts[-2][1]  # the attestation of le-loi: the copy has it where it was
    await take_over(tmp_path, published)
    async with running(tmp_path, LATER) as server:
        assert (await send(server, published))["number"] == 6
    copy = record.copy()
    forked = copy.acts[-2][1][:-1] + b" "
    mine = copy.attest("tran-phu", LATER)
    other = Words.write("Mr Tam of the garden", rand=random_from_os)
    await take_over(tmp_path, forked, mine, words=other)
    async with running(tmp_path, LATER) as server:
        assert b"garden" not in stored(server)
        assert (await send(server, mine))["number"] == 8
        assert (await send(server, published))["number"] == 6
        assert await make_page(server.parts, now=LATER)
        found = await audited(server)
        assert (found.faults, found.board.acts) == ([], 9)


@sqlite_only
@pytest.mark.spec("FACILITIES-SERVER-18")
async def test_a_tree_without_a_page_or_with_another_is_refused(tmp_path: Path) -> None:
    await lived(tmp_path)
    page = tmp_path / "tree/v1/facilities/pages/2"
    whole = page.read_bytes()
    page.write_bytes(whole[:-1] + b"]")
    with pytest.raises(Dp3tError, match="not the facilities that the log holds"):
        await take_over(tmp_path)
    page.unlink()
    with pytest.raises(FileNotFoundError):
        await take_over(tmp_path)
    async with running(tmp_path, LATER) as server:
        _, length = await server.ask("GET", "/v1/facilities/pages")
        assert length == {"pages": 1, "acts": 6}


@sqlite_only
@pytest.mark.spec("FACILITIES-SERVER-18")
async def test_a_database_that_has_lost_an_act_does_not_go_on(tmp_path: Path) -> None:
    await lived(tmp_path)
    with pytest.raises(PolicyError, match="does not continue"):
        await take_over(tmp_path, lost=5)


@sqlite_only
@pytest.mark.spec("FACILITIES-SERVER-17", "FACILITIES-SERVER-19")
async def test_a_tree_has_every_page_and_no_words(tmp_path: Path) -> None:
    async with running(tmp_path, NOW) as server:
        await enrolled(server, "le-loi")
        (objection,) = await objection_of(server, "le-loi", words=SAID)
        assert (await send(server, objection, SAID, path=OBJECTIONS))["refusal"] is None
        assert await make_page(server.parts, now=NOW)
        await write_tree(server.parts.store, tmp_path / "tree")
        page = tmp_path / "tree/v1/facilities/pages/0"
        assert page.read_bytes() == await server.get("/v1/facilities/pages/0")
    for path in (tmp_path / "tree").rglob("*"):
        assert path.is_dir() or b"kitchen" not in path.read_bytes(), path


async def ended(server: InnerServer, *, at_once: bool) -> Record:
    """Take an objection with words, which no page holds yet, and end the service."""
    record = await enrolled(server, "le-loi")
    (objection,) = await objection_of(server, "le-loi", words=SAID)
    assert (await send(server, objection, SAID, path=OBJECTIONS))["refusal"] is None
    await end_service(server.parts, at_once=at_once, now=NOW)
    return record


@pytest.mark.spec("FACILITIES-SERVER-20", "FACILITIES-SERVER-21")
async def test_at_the_end_no_act_is_taken_and_the_record_is_whole(server: InnerServer) -> None:
    record = await ended(server, at_once=False)
    signed = record.attest("le-loi", NOW)
    for path, act in ((ACTS, signed), (FOR_AUTHORITY, record.strike(signed, NOW))):
        status, answer = await server.ask("POST", path, handed_in(act))
        assert (status, answer["error"]["code"]) == (503, "unavailable")
    found = await audited(server)
    assert (found.faults, found.pages, found.board.acts) == ([], 1, 5)
    index = Index.decode((await server.get("/v1/index"))[HEADER_BYTES:])
    async with server.parts.store.reading() as transaction:
        head = await transaction.log.head()
    assert head is not None
    assert (index.checkpoint, index.sunset) == (head.note, NOW // SLOT * SLOT)
    assert await server.get("/v1/facilities/map")
    _, place = await server.ask("GET", "/v1/facilities/places/le-loi")
    assert place["acts"][-1]["words"] == SAID.to_json()
    await end_service(server.parts, at_once=True, now=NOW)
    assert b"kitchen" not in stored(server)


@pytest.mark.spec("FACILITIES-SERVER-21")
async def test_where_all_is_erased_at_once_words_go_and_the_record_stays(
    server: InnerServer,
) -> None:
    await ended(server, at_once=True)
    assert b"kitchen" not in stored(server)
    _, place = await server.ask("GET", "/v1/facilities/places/le-loi")
    assert [each["words"] for each in place["acts"]] == [None, None]
    found = await audited(server)
    assert (found.faults, found.board.acts) == ([], 5)


async def add_rows(server: InnerServer, *signed: bytes) -> None:
    """Put acts into the record, whatever they are."""
    async with server.parts.store.writing() as transaction:
        rows = [
            {
                "number": number,
                "received": NOW,
                "digest": sha256(each),
                "kind": "checklist",
                "facility": "",
                "signed": each,
            }
            for number, each in enumerate(signed)
        ]
        await transaction.connection.execute(insert(facility_acts), rows)


@pytest.mark.spec("FACILITIES-SERVER-7", "RECORD-10")
async def test_acts_that_fill_more_than_a_page_come_into_several(tmp_path: Path) -> None:
    longest = HEADER_BYTES + MAX_AUTHORITY_ACT_BYTES
    acts = [number.to_bytes(2, "big") + bytes(longest - 2) for number in range(60)]
    config = FACILITIES_ON.with_settings(facilities=False)
    async with in_process(tmp_path, config=config) as server:
        await add_rows(server, *acts)
        while await make_page(server.parts, now=NOW):
            pass
        async with server.parts.store.reading() as transaction:
            assert await transaction.facilities.first_unpaged() is None
            pages = [await transaction.facilities.page(number) for number in range(3)]
    read = [RecordPage.decode(page.data[HEADER_BYTES:]) for page in pages if page is not None]
    assert [(page.first, len(page.acts)) for page in read] == [(0, 47), (47, 13)]
    assert [signed for page in read for _, signed in page.acts] == acts


async def test_no_more_acts_are_read_than_a_page_can_hold(tmp_path: Path) -> None:
    config = FACILITIES_ON.with_settings(facilities=False)
    async with in_process(tmp_path, config=config) as server:
        await add_rows(server, *(bytes([number]) * 100 for number in range(9)))
        async with server.parts.store.reading() as transaction:
            store = transaction.facilities
            for most, most_bytes, expected in ((4, 1_000, 4), (9, 250, 3), (9, 0, 1)):
                found = await store.unpaged(most=most, most_bytes=most_bytes)
                assert [act.number for act in found] == list(range(expected))


async def test_words_are_asked_for_in_parts(
    server: InnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Databases take some thirty thousand values in a statement."""
    asked = list[int]()

    def counted(values: list[bytes]) -> list[bytes]:
        asked.append(len(values))
        return few_lengths(values)

    monkeypatch.setattr("dp3t_server.facility_store.few_lengths", counted)
    digests = [sha256(number.to_bytes(4, "big")) for number in range(2_500)]
    async with server.parts.store.writing() as transaction:
        rows = [{"digest": digest, "data": digest[:4]} for digest in digests[::500]]
        await transaction.connection.execute(insert(facility_words), rows)
        found = await transaction.facilities.words(iter(digests))
    assert found == {digest: digest[:4] for digest in digests[::500]}
    assert asked == [1_024, 1_024, 452]
