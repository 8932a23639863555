"""What a server keeps of entry declarations, for how long, and that it tells nothing else."""

from dataclasses import replace

import pytest
from sqlalchemy import event, text

from databases import sqlite_only
from dp3t import Day, random_from_os
from dp3t.arrivals import MARK_BYTES, WITHDRAWAL_SECRET_BYTES, Submission, open_receipt
from dp3t.primitives import sha256
from dp3t_server import tables
from key_server import DAY, NOW, SLOT, InnerServer
from server_arrivals import (
    ARRIVALS_ON,
    DA_NANG,
    HUE,
    LISTED,
    TODAY,
    declared,
    hand_in,
    listed,
    open_desk,
    sealed_for,
    take_back,
    withdrawn,
)
from server_tokens import stored
from server_traces import rows

SERVER_CONFIG = ARRIVALS_ON
MARKS = "/v1/arrivals/gate-marks"


def mark(expiry_day: int) -> bytes:
    """Return what looks like a mark to whoever lacks the gates' secret."""
    return expiry_day.to_bytes(2, "big") + random_from_os(MARK_BYTES - 2)


@pytest.mark.spec("ARRIVALS-SERVER-15")
async def test_nothing_is_stored_but_envelope_receipt_digest_and_two_days(
    server: InnerServer,
) -> None:
    keys = await open_desk(server)
    one = declared()
    shown = await hand_in(server, one)
    header, name = one.envelope.header, one.envelope.declaration_id
    assert await rows(server, "declarations") == [
        (name, header.expiry_day, header.withdrawal_digest, shown, TODAY + 2)
    ]
    sealed = one.envelope.encode()
    assert await rows(server, "sealed_declarations") == [(name, header.expiry_day, sealed)]
    receipt, _ = open_receipt(shown, keys.receipts())
    await take_back(server, one.withdrawal)
    assert await rows(server, "withdrawn_receipts") == [
        (receipt.receipt_id, receipt.expiry_day, sha256(one.withdrawal.secret))
    ]


@pytest.mark.spec("ARRIVALS-SERVER-15", "SERVER-17")
@sqlite_only
async def test_no_row_has_a_number_that_tells_when_it_came(server: InnerServer) -> None:
    """Negative."""
    names = ("declarations", "sealed_declarations", "withdrawn_receipts", "gate_marks")
    for name in names:
        assert tables.metadata.tables[name] in tables.ERASED_FROM
        async with server.parts.store.database.reading() as connection:
            with pytest.raises(Exception, match="rowid"):
                await connection.execute(text(f"SELECT rowid FROM {name}"))  # noqa: S608


@pytest.mark.spec("ARRIVALS-SERVER-18", "SERVER-28", "SERVER-55")
@sqlite_only
async def test_what_is_withdrawn_corrected_or_erased_is_gone_from_the_files(
    server: InnerServer,
) -> None:
    """Sealed bytes, binding, receipt: all there before, and nothing after the next publication."""
    await open_desk(server)
    gone = [declared() for _ in range(2)]
    kept, erased, replacing = declared(), declared(), declared()
    receipts = [await hand_in(server, each) for each in (*gone, kept, erased)]
    everything = [
        *(each.envelope.border[7_000:7_040] for each in gone),
        *(each.envelope.header.binding for each in gone),
        *(text[:-1].encode() for text in receipts[:2]),
        erased.envelope.province[4_000:4_040],
    ]
    files = stored(server)
    assert all(each in files for each in everything)
    assert await take_back(server, gone[0].withdrawal)
    await hand_in(server, replacing, gone[1].withdrawal)
    assert (await server.ask("DELETE", f"{LISTED}/{erased.name}"))[0] == 200
    await server.move_to(NOW + SLOT)
    files = stored(server)
    assert [each for each in everything if each in files] == []
    for each in (kept, replacing):
        assert each.envelope.border[7_000:7_040] in files
    assert set(await listed(server)) == {kept.name, replacing.name}


@pytest.mark.spec("ARRIVALS-SERVER-18", "SEALING-7", "GATE-8")
@sqlite_only
async def test_whatever_has_had_its_days_is_gone_from_the_files(server: InnerServer) -> None:
    keys = await open_desk(server)
    one = declared(expiry_day=TODAY + 3)
    other, back, note = declared(), declared(), mark(TODAY + 2)
    for each in (one, other, back):
        await hand_in(server, each)
    await take_back(server, back.withdrawal)
    assert (await server.ask("POST", MARKS, note))[0] == 200
    assert len(await rows(server, "gate_marks")) == 1
    midnight = (TODAY + 2) * DAY
    await server.move_to(midnight - 1)
    assert len((await withdrawn(server, keys, now=server.clock.now())).expiry_days) == 1
    await server.move_to(midnight + 60)
    assert len((await withdrawn(server, keys, now=server.clock.now())).expiry_days) == 0
    await server.move_to((TODAY + 3) * DAY - 1)
    files = stored(server)
    assert one.envelope.border[100:140] in files
    assert back.envelope.declaration_id[:16] not in files
    assert note[2:] not in files
    await server.move_to((TODAY + 3) * DAY)
    files = stored(server)
    for hidden in (one.envelope.border[100:140], one.envelope.header.binding):
        assert hidden not in files
    assert one.envelope.declaration_id not in files
    assert other.envelope.border[100:140] in files
    assert set(await listed(server)) == {other.name}
    assert not await take_back(server, one.withdrawal)


@pytest.mark.spec("ARRIVALS-SERVER-10", "ARRIVALS-SERVER-12", "SEALING-7")
async def test_what_expires_while_nothing_is_published_is_handed_out_no_more(
    server: InnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative: nor can it be corrected, withdrawn or handed in again."""
    keys = await open_desk(server)
    one, back = declared(expiry_day=TODAY + 1), declared()
    for each in (one, back):
        await hand_in(server, each)
    await take_back(server, back.withdrawal)
    monkeypatch.setattr(server.clock, "_now", (TODAY + 1) * DAY)
    assert await listed(server) == {}
    assert not await take_back(server, one.withdrawal)
    assert await hand_in(server, one) == "days"
    assert await hand_in(server, declared(), one.withdrawal) == "unknown-declaration"
    assert len(await rows(server, "declarations")) == 1
    monkeypatch.setattr(server.clock, "_now", (TODAY + 2) * DAY)
    assert (await withdrawn(server, keys, now=server.clock.now())).expiry_days == {}


@pytest.mark.spec("ARRIVALS-SERVER-17", "SEALING-8")
async def test_the_server_learns_nothing_of_the_destination(server: InnerServer) -> None:
    """Negative: under one header, for two provinces: the same statements, rows and answers."""
    await open_desk(server)
    header = declared().envelope.header
    said, runs, kept = list[str](), list[list[str]](), list[tuple[object, ...]]()
    engine = server.parts.store.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *args: said.append(str(args[2])))
    for province, key in (("46", HUE), ("48", DA_NANG)):
        said.clear()
        made = sealed_for(province, header=header)
        shown = await hand_in(server, made)
        runs.append(said.copy())
        assert made.envelope.open(key, role="province") == b"for the province"
        name = made.envelope.declaration_id
        (row,) = [each for each in await rows(server, "declarations") if each[0] == name]
        kept.append((*row[1:3], len(shown), row[4]))
        (row,) = [each for each in await rows(server, "sealed_declarations") if each[0] == name]
        assert row[1:] == (header.expiry_day, made.envelope.encode())
        assert made.envelope.encode()[:81] == header.encode()
    assert runs[0] == runs[1]
    assert kept[0] == kept[1]


@pytest.mark.spec("ARRIVALS-SERVER-16", "SERVER-20")
async def test_neither_logs_nor_files_tell_who_declared(
    server: InnerServer, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Negative: no line at all, and no address in any file."""
    await open_desk(server)
    capfd.readouterr()
    caplog.clear()
    one, two = declared(), declared()
    headers = {"X-Forwarded-For": "203.0.113.77", "User-Agent": "travellers-app"}
    for path, body in (
        ("declarations", Submission(one.envelope).encode()),
        ("declarations", Submission(two.envelope, one.withdrawal).encode()),
        ("declarations", Submission(declared(number=9).envelope).encode()),
        ("withdrawals", two.withdrawal.encode()),
        ("withdrawals", replace(two.withdrawal, secret=bytes(WITHDRAWAL_SECRET_BYTES)).encode()),
    ):
        url = f"{server.url}/v1/arrivals/{path}"
        async with server.session.post(url, data=body, headers=headers) as response:
            assert response.status == 200
            assert "Set-Cookie" not in response.headers
    await server.ask("POST", MARKS, mark(TODAY + 2))
    shown = capfd.readouterr()
    said = shown.out + shown.err + "".join(str(vars(each)) for each in caplog.records)
    for word in ("declar", "receipt", "mark", one.name, two.name, "203.0.113.77", "127.0.0.1"):
        assert word not in said, word
    files = stored(server)
    for hidden in (b"203.0.113.77", b"travellers-app", b"127.0.0.1", one.withdrawal.secret):
        assert hidden not in files


def test_a_declaration_shows_no_secret_in_its_representation() -> None:
    """Negative."""
    from dp3t_server.arrivals import Outcome
    from dp3t_server.arrivals_store import Kept

    kept = Kept(
        digest=bytes(32),
        expires=Day(1),
        withdrawal_digest=b"\7" * 32,
        receipt="DP3T-ENTRY:1:A",
        receipt_expires=Day(2),
    )
    assert "ENTRY" not in repr(kept) + repr(Outcome(receipt=kept.receipt))
    assert "x07" not in repr(kept)
