"""Entry declarations at the server: taken, repeated, corrected, withdrawn."""

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from databases import drop_database, new_database
from dp3t import ExpiredError, Instant, UnauthorizedError, day_start
from dp3t.arrivals import (
    Binding,
    RecipientKeys,
    Submission,
    TravelDocument,
    Verdict,
    Withdrawal,
    open_receipt,
    require_receipt_of,
    verify,
)
from dp3t.arrivals_client import ArrivalsClient
from dp3t.primitives import random_from_os
from dp3t_server.arrivals_store import ArrivalsStore
from key_server import DAY, HOUR, NOW, InnerServer, in_process
from server_arrivals import (
    ARRIVALS_ON,
    AUTHORITY,
    POINT,
    TODAY,
    TRUSTED,
    declared,
    hand_in,
    listed,
    open_desk,
    take_back,
    withdrawn,
)
from server_traces import rows

SERVER_CONFIG = ARRIVALS_ON
TABLES = ("declarations", "sealed_declarations", "withdrawn_receipts")


@pytest_asyncio.fixture
async def keys(server: InnerServer) -> RecipientKeys:
    """The installed document."""
    return await open_desk(server)


async def everything(server: InnerServer) -> list[list[tuple[object, ...]]]:
    """Return all that is kept of declarations."""
    return [sorted(await rows(server, table), key=str) for table in TABLES]


@pytest.mark.spec("SUBMISSION-1", "ARRIVALS-SERVER-3", "ARRIVALS-SERVER-10", "ENTRY-RECEIPT-9")
async def test_a_declaration_gets_a_receipt_and_is_kept_byte_by_byte(
    server: InnerServer, keys: RecipientKeys
) -> None:
    one = declared()
    said = require_receipt_of(one.envelope, await hand_in(server, one), keys=keys.receipts())
    assert said.valid_from == day_start(TODAY) - 19 * HOUR
    assert said.valid_until == day_start(TODAY) + 41 * HOUR
    assert await listed(server) == {one.name: one.envelope.encode()}


@pytest.mark.spec("ARRIVALS-SERVER-6")
async def test_who_lost_the_answer_gets_the_same_receipt_also_under_later_keys(
    server: InnerServer, keys: RecipientKeys
) -> None:
    one = declared()
    text = await hand_in(server, one)
    assert [await hand_in(server, one) for _ in range(2)] == [text] * 2
    assert await open_desk(server, number=2, beside=keys) != keys
    assert await hand_in(server, one) == text
    assert await hand_in(server, declared()) == "replaced-keys"
    assert list(await listed(server)) == [one.name]


@pytest.mark.spec("ARRIVALS-SERVER-7", "SUBMISSION-1", "GATE-9")
async def test_a_correction_takes_the_place_of_what_it_corrects_once(
    server: InnerServer, keys: RecipientKeys
) -> None:
    one, two, three = declared(), declared(), declared()
    first = await hand_in(server, one)
    second = await hand_in(server, two, one.withdrawal)
    assert list(await listed(server)) == [two.name]
    gone, _ = open_receipt(first, keys.receipts())
    before = await everything(server)
    assert await hand_in(server, two, one.withdrawal) == second  # the answer was lost
    assert await hand_in(server, three, one.withdrawal) == "unknown-declaration"
    assert await hand_in(server, one) == "unknown-declaration"  # taken back
    assert await everything(server) == before
    assert (await withdrawn(server, keys)).expiry_days == {gone.receipt_id: gone.expiry_day}
    assert await hand_in(server, three, two.withdrawal) != second
    assert list(await listed(server)) == [three.name]


@pytest.mark.spec("ARRIVALS-SERVER-5", "ARRIVALS-SERVER-7", "SEALING-6")
async def test_who_has_not_the_secret_corrects_nothing(
    server: InnerServer, keys: RecipientKeys
) -> None:
    """Negative: wrong, another's, of what was never there, and a declaration of itself."""
    one, two = declared(), declared()
    await hand_in(server, one)
    await hand_in(server, two)
    before = await everything(server)
    wrong = replace(one.withdrawal, secret=two.withdrawal.secret)
    for fresh, corrects in (
        (declared(), wrong),
        (declared(), declared().withdrawal),
        (two, wrong),
        (two, declared().withdrawal),
        (two, two.withdrawal),
        ((new := declared()), new.withdrawal),
    ):
        assert await hand_in(server, fresh, corrects) == "unknown-declaration"
    assert await everything(server) == before


@pytest.mark.spec("ARRIVALS-SERVER-7")
async def test_what_is_there_can_still_take_the_place_of_another(
    server: InnerServer, keys: RecipientKeys
) -> None:
    one, two = declared(), declared()
    await hand_in(server, one)
    text = await hand_in(server, two)
    assert await hand_in(server, two, one.withdrawal) == text
    assert list(await listed(server)) == [two.name]
    assert list((await withdrawn(server, keys)).expiry_days) == [one.envelope.declaration_id[:16]]


@pytest.mark.spec("ARRIVALS-SERVER-7")
async def test_where_a_correction_cannot_be_kept_the_former_declaration_stays(
    server: InnerServer, keys: RecipientKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative: both or neither."""

    async def fail(*_: object) -> None:
        raise OSError("injected")

    one, two = declared(), declared()
    await hand_in(server, one)
    before = await everything(server)
    with monkeypatch.context() as patch:
        patch.setattr(ArrivalsStore, "keep", fail)
        body = Submission(two.envelope, one.withdrawal).encode()
        status, _ = await server.ask("POST", "/v1/arrivals/declarations", body)
        assert status == 503
    assert await everything(server) == before
    await hand_in(server, two, one.withdrawal)
    assert list(await listed(server)) == [two.name]


@pytest.mark.spec("ARRIVALS-SERVER-8", "ARRIVALS-SERVER-9", "SUBMISSION-2", "SUBMISSION-4")
async def test_a_withdrawal_erases_needs_its_secret_and_can_be_repeated(
    server: InnerServer, keys: RecipientKeys
) -> None:
    one, two = declared(), declared()
    await hand_in(server, one)
    await hand_in(server, two)
    before = await everything(server)
    assert not await take_back(server, declared().withdrawal)
    assert not await take_back(server, replace(one.withdrawal, secret=two.withdrawal.secret))
    assert await everything(server) == before
    assert await take_back(server, one.withdrawal)
    assert await take_back(server, one.withdrawal)
    assert not await take_back(server, replace(one.withdrawal, secret=two.withdrawal.secret))
    assert list(await listed(server)) == [two.name]
    assert list((await withdrawn(server, keys)).expiry_days) == [one.envelope.declaration_id[:16]]
    assert await hand_in(server, one) == "unknown-declaration"
    assert await hand_in(server, declared(), one.withdrawal) == "unknown-declaration"


@pytest.fixture
def url() -> Iterator[str]:
    """A fresh database on PostgreSQL."""
    url = new_database()
    yield url
    drop_database(url)


@pytest.mark.spec("ARRIVALS-SERVER-7", "ARRIVALS-SERVER-6", "ARRIVALS-SERVER-9")
async def test_of_corrections_on_two_servers_at_once_one_is_kept(tmp_path: Path, url: str) -> None:
    config = ARRIVALS_ON.with_settings(database=url)
    async with in_process(tmp_path / "one", config=config) as one:
        await open_desk(one)
        (tmp_path / "two").mkdir()
        shutil.copytree(one.data.path, tmp_path / "two" / "data")
        async with in_process(tmp_path / "two", config=config) as two:
            servers, old, others = [one, two] * 4, declared(), [declared() for _ in range(8)]
            receipts = await asyncio.gather(*(hand_in(each, old) for each in servers))
            assert len(set(receipts)) == 1
            outcomes = await asyncio.gather(
                *(
                    hand_in(server, each, old.withdrawal)
                    for server, each in zip(servers, others, strict=True)
                )
            )
            assert outcomes.count("unknown-declaration") == 7
            (kept,) = [e for e, o in zip(others, outcomes, strict=True) if o[0] == "D"]
            assert await listed(two) == {kept.name: kept.envelope.encode()}
            again = await asyncio.gather(*(take_back(each, kept.withdrawal) for each in servers))
            assert again == [True] * 8
            assert await listed(one) == {}
            assert len(await rows(one, "withdrawn_receipts")) == 2


@pytest.mark.spec("SUBMISSION-5", "RECIPIENTS-5")
async def test_a_traveller_s_app_declares_corrects_and_withdraws(
    server: InnerServer, keys: RecipientKeys
) -> None:
    """The real client, a real document of travel, and an officer who reads it."""
    passport = TravelDocument.of(number="C1234567", birth="1984-02-29", expiry="2031-07-01")
    binding = Binding.of(passport, rand=random_from_os).encode()
    one, two = declared(binding=binding, entry_day=TODAY + 1), declared(binding=binding)
    async with ArrivalsClient(server.url) as app:
        fetched = await app.fetch_keys(TRUSTED)
        assert fetched.keys == keys
        assert fetched.signed == keys.sign(AUTHORITY)
        receipts = fetched.keys.receipts()
        first = await app.declare(one.envelope, keys=receipts)
        moment = Instant(NOW + DAY)
        seen = verify(first, passport, keys=receipts, arrival_point=POINT, now=moment)
        assert seen.verdict is Verdict.VALID
        await app.declare(two.envelope, keys=receipts, corrects=one.withdrawal)
        gone = (await app.fetch_withdrawn(receipts, now=NOW)).withdrawn
        seen = verify(
            first, passport, keys=receipts, arrival_point=POINT, now=moment, withdrawn=gone
        )
        assert seen.verdict is Verdict.WITHDRAWN
        with pytest.raises(UnauthorizedError):
            await app.withdraw(Withdrawal(two.envelope.declaration_id, bytes(32)))
        await app.withdraw(two.withdrawal)
        await open_desk(server, number=2)
        with pytest.raises(ExpiredError, match="replaced-keys"):
            await app.declare(declared().envelope, keys=receipts)
        with pytest.raises(ExpiredError, match="is replaced by 3"):
            await app.fetch_keys(TRUSTED, at_least=3)
