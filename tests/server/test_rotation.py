"""Rotating signing keys: who signs what, who can follow, and the warnings before it is too late."""

import json
from pathlib import Path

import pytest

from dp3t import (
    Instant,
    Phone,
    PolicyError,
    TrustedKeys,
    UnknownKeyError,
    random_from_os,
    release_after,
)
from dp3t.client import Client
from dp3t.publication import Batch, ServerView
from dp3t_server.clock import SimulatedClock
from dp3t_server.config import Config
from dp3t_server.rotation import rotate
from key_server import DAY, HOUR, NOW, SLOT, InnerServer, in_process, lowcost_record

NEXT = release_after(NOW)


@pytest.mark.spec("SERVER-25", "SERVER-26")
async def test_a_reader_with_the_first_key_follows_until_that_key_ends(
    server: InnerServer,
) -> None:
    """Batches change hands when the new key begins, the index when the old key ends."""
    first = server.trusted()
    new = await rotate(server.parts, valid_from=None, now=server.clock.now())
    assert (await server.index(first)).keys == (*first, new)
    await server.upload(await server.code(), record := lowcost_record())
    assert new.valid_from == NEXT + DAY
    await server.move_to(new.valid_from - SLOT)
    await server.upload(await server.code(), lowcost_record(new.valid_from))
    await server.move_to(new.valid_from)
    index = await server.index(first)
    signers = []
    for entry in index.entries:
        data = await server.get(f"/v1/batches/{entry.name}")
        signers.append(data[:8])
        Batch.open(data, trusted=TrustedKeys(index.keys))
    assert signers == [index.keys[0].key_id, new.key_id]
    assert record in await server.published()
    (old,) = first
    await server.move_to(old.valid_until - SLOT)
    await server.index(first)
    await server.move_to(old.valid_until)
    await server.index(TrustedKeys([new]))
    with pytest.raises(UnknownKeyError):
        await server.index(first)


@pytest.mark.spec("SERVER-25", "INDEX-3")
@pytest.mark.parametrize("days", [2, 20, 200])
async def test_a_phone_that_was_off_across_a_rotation_follows(
    server: InnerServer, days: int
) -> None:
    """Its app embeds the one key there was; the whole client, from the index to the match."""
    embedded = server.trusted()
    await rotate(server.parts, valid_from=None, now=NOW)
    await server.move_to(NOW + days * DAY)
    await _publish_with_the_newest_key(server)
    assert await _batches_ingested(server, embedded) == 1


@pytest.mark.spec("SERVER-25")
@pytest.mark.parametrize("also", [(), (1,), (2,), (1, 2)], ids=str)
async def test_a_new_app_follows_that_embeds_the_key_shown_and_any_others(
    server: InnerServer, also: tuple[int, ...]
) -> None:
    await rotate(server.parts, valid_from=None, now=NOW)
    await server.move_to(NOW + 100 * DAY)
    await rotate(server.parts, valid_from=None, now=server.clock.now())
    await server.move_to(NOW + 102 * DAY)
    await _publish_with_the_newest_key(server)
    shown = server.parts.secrets.load().announced(server.clock.now())
    keys = list(server.trusted())
    assert shown == keys[0]
    embedded = TrustedKeys([shown, *(keys[place] for place in also)])
    assert await _batches_ingested(server, embedded) == 1


async def test_the_manual_takes_a_stolen_key_out_of_use(server: InnerServer) -> None:
    """Its holder can sign until it ends, but an app that embeds only the new key is free of it."""
    new = await rotate(server.parts, valid_from=None, now=NOW)
    await server.move_to(new.valid_from)
    path = server.data.secrets
    document = json.loads(path.read_text())
    del document["signing_keys"][0]
    path.write_text(json.dumps(document))
    await server.move_to(new.valid_from + SLOT)
    await _publish_with_the_newest_key(server)
    assert await _batches_ingested(server, TrustedKeys([new])) == 1


async def _publish_with_the_newest_key(server: InnerServer) -> None:
    now = server.clock.now()
    assert await server.upload(await server.code(), lowcost_record(now)) == "accepted"
    (batch,) = await server.move_to(release_after(now))
    data = await server.get(f"/v1/batches/lowcost-{batch['release']}")
    newest = server.parts.secrets.load().signing[-1]
    assert data[:8] == newest.public().key_id


async def _batches_ingested(server: InnerServer, embedded: TrustedKeys) -> int:
    """Return how many batches a new phone takes whose app embeds some keys."""
    now = server.clock.now()
    phone = Phone.create("lowcost", now=now, rand=random_from_os)
    async with Client(server.url, view=ServerView(trusted=embedded)) as client:
        return (await client.update(phone, now=now)).batches


@pytest.mark.spec("SERVER-26")
@pytest.mark.parametrize("start", [NOW, NEXT, NEXT - DAY])
async def test_a_key_that_nobody_could_hear_of_in_time_is_refused(
    server: InnerServer, start: int
) -> None:
    with pytest.raises(PolicyError, match="after the next release"):
        await rotate(server.parts, valid_from=Instant(start), now=NOW)
    assert len(server.trusted()) == 1


@pytest.mark.spec("SERVER-41")
async def test_a_new_key_overlaps_the_last_by_the_retention_and_a_day(
    server: InnerServer,
) -> None:
    (first,) = server.trusted()
    latest = Instant(first.valid_until - 15 * DAY)
    for start in (latest + 1, first.valid_until, first.valid_until + 100 * DAY):
        with pytest.raises(PolicyError, match="at least 15 days before the last one ends"):
            await rotate(server.parts, valid_from=Instant(start), now=NOW)
    assert list(server.trusted()) == [first]
    new = await rotate(server.parts, valid_from=latest, now=NOW)
    assert new.valid_from == latest
    with pytest.raises(PolicyError, match=str(new.valid_until - 15 * DAY)):
        await rotate(server.parts, valid_from=new.valid_until, now=NOW)


@pytest.mark.spec("SERVER-41")
async def test_an_operator_who_is_late_rotates_without_naming_a_time(tmp_path: Path) -> None:
    """Valid: a key of 13 hours is left; no time of choice is, but a rotation leaves no gap."""
    async with in_process(tmp_path, config=Config(signing_key_lifetime_days=2)) as server:
        (first,) = server.trusted()
        await server.move_to(first.valid_until - 13 * HOUR)
        now = server.clock.now()
        with pytest.raises(PolicyError, match="leave the time out"):
            await rotate(server.parts, valid_from=Instant(now + 3 * HOUR), now=now)
        new = await rotate(server.parts, valid_from=None, now=now)
        assert new.valid_from == first.valid_until
        learned = TrustedKeys((await server.index(TrustedKeys([first]))).keys)
        await server.move_to(new.valid_from)
        await server.index(learned)


@pytest.mark.spec("SERVER-26", "SERVER-41")
async def test_in_the_last_slot_of_the_last_key_a_new_one_begins_after_the_next_release(
    tmp_path: Path,
) -> None:
    async with in_process(tmp_path, config=Config(signing_key_lifetime_days=2)) as server:
        (first,) = server.trusted()
        await server.move_to(first.valid_until - HOUR)
        new = await rotate(server.parts, valid_from=None, now=server.clock.now())
        assert new.valid_from == first.valid_until + 1


@pytest.mark.spec("SERVER-41")
async def test_when_no_key_is_left_an_operator_chooses_any_time(tmp_path: Path) -> None:
    """Valid: there is nothing to overlap with."""
    async with in_process(tmp_path, config=Config(signing_key_lifetime_days=2)) as server:
        (first,) = server.trusted()
        start = Instant(first.valid_until + 9 * DAY)
        new = await rotate(server.parts, valid_from=start, now=first.valid_until)
        assert new.valid_from == start


@pytest.mark.spec("SERVER-42")
async def test_health_and_log_warn_for_60_days_that_the_keys_end(
    server: InnerServer, caplog: pytest.LogCaptureFixture
) -> None:
    (first,) = server.trusted()
    begins = first.valid_until - 60 * DAY
    await server.move_to(begins - SLOT)
    assert (await server.ask("GET", "/v1/health"))[1]["status"] == "ok"
    assert _warnings(caplog) == []
    for moment in (begins, begins + SLOT, first.valid_until - SLOT):
        caplog.clear()
        await server.move_to(moment)
        assert (await server.ask("GET", "/v1/health"))[1]["status"] == "keys-ending"
        (warning,) = _warnings(caplog)
        assert "keys rotate" in warning
    await server.move_to(server.clock.now() + 60)
    caplog.clear()
    await server.parts.publisher.publish(server.clock.now())
    assert _warnings(caplog) == []  # nothing was published


@pytest.mark.spec("SERVER-42")
async def test_a_rotation_ends_the_warning(
    server: InnerServer, caplog: pytest.LogCaptureFixture
) -> None:
    (first,) = server.trusted()
    await server.move_to(first.valid_until - 30 * DAY)
    new = await rotate(server.parts, valid_from=None, now=server.clock.now())
    caplog.clear()
    await server.move_to(server.clock.now() + SLOT)
    _, answer = await server.ask("GET", "/v1/health")
    assert (answer["status"], answer["signing_key_valid_until"]) == ("ok", new.valid_until)
    assert _warnings(caplog) == []


@pytest.mark.spec("SERVER-24")
async def test_a_publication_that_is_late_matters_more_than_keys_that_end(
    server: InnerServer,
) -> None:
    (first,) = server.trusted()
    assert isinstance(server.clock, SimulatedClock)
    server.clock.move_to(Instant(first.valid_until + DAY))
    assert (await server.ask("GET", "/v1/health"))[1]["status"] == "behind"


def _warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if record.name == "dp3t_server" and record.levelname == "WARNING"
    ]


@pytest.mark.spec("SERVER-26")
async def test_keys_stay_in_the_index_while_it_lists_what_they_signed(tmp_path: Path) -> None:
    """The old key ends at its lifetime; its last batch stays readable until it is erased."""
    async with in_process(tmp_path, config=Config(signing_key_lifetime_days=2)) as server:
        (first,) = server.trusted()
        await rotate(server.parts, valid_from=None, now=NOW)
        await server.upload(await server.code(), lowcost_record())
        await server.move_to(NEXT)
        await server.move_to(first.valid_until + HOUR)
        (_, second) = (await server.index()).keys
        assert (await server.index(TrustedKeys([second]))).keys[0] == first
