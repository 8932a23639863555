"""The document of keys at the server, the keys that sign receipts, and who installs them."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dp3t import (
    Dp3tError,
    ExpiredError,
    Instant,
    MalformedError,
    PolicyError,
    TooEarlyError,
    VerificationError,
)
from dp3t.arrivals import RecipientKeys, Submission, open_receipt
from dp3t.publication import SigningKey
from dp3t.timeline import day_start
from dp3t_server.arrivals_keys import add_receipt_key, install
from dp3t_server.cli import app
from dp3t_server.clock import SystemClock
from dp3t_server.keys import MOST_RECEIPT_KEYS, SecretsFile
from key_server import DAY, NOW, InnerServer, in_process
from server_arrivals import (
    ARRIVALS_ON,
    AUTHORITY,
    declared,
    document,
    hand_in,
    open_desk,
    trusting,
)
from server_tokens import stored
from server_traces import rows

SERVER_CONFIG = ARRIVALS_ON
KEYS = "/v1/arrivals/keys"


@pytest.mark.spec("ARRIVALS-SERVER-4")
async def test_the_document_is_handed_out_as_it_was_signed(server: InnerServer) -> None:
    status, answer = await server.ask("GET", KEYS)
    assert (status, answer["error"]["code"]) == (404, "not-found")
    assert (await server.ask("GET", "/v1/arrivals/withdrawn"))[0] == 404
    for number in (3, 4):
        keys = await open_desk(server, number=number)
        assert await server.get(KEYS) == keys.sign(AUTHORITY)


@pytest.mark.spec("ARRIVALS-SERVER-2", "RECIPIENTS-4")
async def test_only_a_good_document_takes_the_place_of_another(server: InnerServer) -> None:
    """Negative: each fault by its name, and the installed one stays."""
    keys = await open_desk(server, number=3)
    signed, (known,) = keys.sign(AUTHORITY), keys.receipt_keys
    stranger = replace(AUTHORITY, seed=bytes(31) + b"\7")
    others = SigningKey(
        seed=bytes(31) + b"\x08", valid_from=known.valid_from, valid_until=known.valid_until
    ).public()
    ended = replace(known, valid_until=NOW)
    fresh: Callable[..., RecipientKeys] = document
    faults: list[tuple[bytes, type[Dp3tError], str]] = [
        (b"", MalformedError, "truncated"),
        (signed[:-1] + b"\0", VerificationError, "sign|key"),
        (fresh(known, number=4).sign(stranger), VerificationError, "sign|key"),
        (fresh(known, number=4, since=NOW + 1).sign(AUTHORITY), TooEarlyError, "not valid yet"),
        (fresh(known, number=4, days=1).sign(AUTHORITY), ExpiredError, "past its time"),
        (fresh(others, number=4).sign(AUTHORITY), PolicyError, "no key of the document"),
        (fresh(ended, number=4).sign(AUTHORITY), PolicyError, "no key of the document"),
        (fresh(known, number=2).sign(AUTHORITY), PolicyError, "3 is installed"),
        (fresh(known, number=3, days=60).sign(AUTHORITY), PolicyError, "3 is installed"),
    ]
    for data, error, words in faults:
        with pytest.raises(error, match=words):
            await install(server.parts, data, now=NOW)
        assert await server.get(KEYS) == signed
    assert await install(server.parts, signed, now=NOW) == keys  # again, without effect
    assert (await install(server.parts, fresh(known, number=4).sign(AUTHORITY), now=NOW)).number


@pytest.mark.spec("ARRIVALS-SERVER-2", "ARRIVALS-SERVER-1")
async def test_a_server_without_declarations_installs_nothing(tmp_path: Path) -> None:
    config = ARRIVALS_ON.with_settings(declarations=False)
    async with in_process(tmp_path, config=config) as server:
        with pytest.raises(PolicyError, match="takes no declarations"):
            await open_desk(server)


@pytest.mark.spec("ARRIVALS-SERVER-2", "ARRIVALS-SERVER-3", "SERVER-6")
async def test_a_document_whose_authority_was_taken_out_of_the_settings_counts_no_more(
    tmp_path: Path,
) -> None:
    async with in_process(tmp_path, config=ARRIVALS_ON) as server:
        await open_desk(server)
    config = ARRIVALS_ON.with_settings(arrivals_authorities=())
    async with in_process(tmp_path, config=config) as server:
        body = Submission(declared().envelope).encode()
        status, answer = await server.ask("POST", "/v1/arrivals/declarations", body)
        assert (status, answer["error"]["code"]) == (503, "unavailable")


@pytest.mark.spec("ARRIVALS-SERVER-3", "ENTRY-RECEIPT-9")
async def test_receipts_are_signed_with_the_newest_key_that_the_document_lets_sign(
    server: InnerServer,
) -> None:
    old, new, later, short = [
        await add_receipt_key(server.parts, valid_from=Instant(NOW + since), days=90, now=NOW)
        for since in (-2 * DAY, -DAY, DAY, -DAY // 2)
    ]
    short = replace(short, valid_until=Instant(NOW + DAY))
    keys = document(old, new, later, short)
    await install(server.parts, keys.sign(AUTHORITY), now=NOW)
    _, signer = open_receipt(await hand_in(server, declared()), keys.receipts())
    assert signer == new
    shortened = replace(new, valid_until=Instant(NOW + DAY))
    keys = document(old, shortened, number=2)
    await install(server.parts, keys.sign(AUTHORITY), now=NOW)
    _, signer = open_receipt(await hand_in(server, declared(number=2)), keys.receipts())
    assert signer == old
    signed = document(short, number=3).sign(AUTHORITY)
    await install(server.parts, signed, now=NOW, drop_receipts=True)
    body = Submission(declared(number=3).envelope).encode()
    status, answer = await server.ask("POST", "/v1/arrivals/declarations", body)
    assert (status, answer["error"]["code"]) == (503, "unavailable")
    assert len(await rows(server, "declarations")) == 2


@pytest.mark.spec("ARRIVALS-SERVER-21")
async def test_a_key_of_good_receipts_is_dropped_only_where_the_operator_says_so(
    server: InnerServer,
) -> None:
    """Negative: the receipts of its travellers would be those of an unknown key."""
    old, new = [
        await add_receipt_key(server.parts, valid_from=Instant(NOW - since), days=90, now=NOW)
        for since in (DAY, 0)
    ]
    first, without = document(old), document(new, number=2).sign(AUTHORITY)
    await install(server.parts, first.sign(AUTHORITY), now=NOW)
    for _ in range(2):
        receipt, _ = open_receipt(await hand_in(server, declared()), first.receipts())
    with pytest.raises(PolicyError, match=r"^2 receipts that are good .* --drop-receipts"):
        await install(server.parts, without, now=NOW)
    assert await server.get(KEYS) == first.sign(AUTHORITY)
    both = document(old, new, number=2)
    await install(server.parts, both.sign(AUTHORITY), now=NOW)
    third = document(new, number=3).sign(AUTHORITY)
    with pytest.raises(PolicyError, match="--drop-receipts"):
        await install(server.parts, third, now=Instant(day_start(receipt.expiry_day) - 1))
    await install(server.parts, third, now=NOW, drop_receipts=True)
    fourth = document(new, number=4).sign(AUTHORITY)
    await install(server.parts, fourth, now=NOW)  # those of the old key are lost already


@pytest.mark.spec("ARRIVALS-SERVER-21")
async def test_a_key_whose_receipts_have_closed_goes_without_a_word(server: InnerServer) -> None:
    old, new = [
        await add_receipt_key(server.parts, valid_from=Instant(NOW - since), days=90, now=NOW)
        for since in (DAY, 0)
    ]
    keys = document(old)
    await install(server.parts, keys.sign(AUTHORITY), now=NOW)
    receipt, _ = open_receipt(await hand_in(server, declared()), keys.receipts())
    later = document(new, number=2).sign(AUTHORITY)
    assert (await install(server.parts, later, now=day_start(receipt.expiry_day))).number == 2


@pytest.mark.spec("ARRIVALS-SERVER-3", "SERVER-32")
async def test_the_private_half_is_in_the_file_of_keys_alone(server: InnerServer) -> None:
    await open_desk(server)
    await hand_in(server, declared())
    (key,) = server.parts.secrets.load().receipts
    written = server.data.secrets
    assert key.seed.hex() in written.read_text()
    assert written.stat().st_mode & 0o077 == 0
    assert key.seed not in stored(server)
    assert key.seed.hex().encode() not in stored(server)
    assert key.seed.hex() not in repr(server.parts.secrets.load())


@pytest.mark.spec("ARRIVALS-SERVER-3")
async def test_keys_of_receipts_that_have_ended_leave_the_file(server: InnerServer) -> None:
    async def add(since: int, days: int) -> None:
        start = Instant(NOW + since)
        await add_receipt_key(server.parts, valid_from=start, days=days, now=NOW)

    await add(-2 * DAY, 2)
    for number in range(MOST_RECEIPT_KEYS):
        await add(number, 90)
    starts = [key.valid_from for key in server.parts.secrets.load().receipts]
    assert starts == list(range(NOW, NOW + MOST_RECEIPT_KEYS))
    with pytest.raises(PolicyError, match="already"):
        await add(0, 90)


def test_the_operator_makes_a_key_and_installs_what_the_authority_signed(tmp_path: Path) -> None:
    now, where = SystemClock().now(), ("--data", str(tmp_path / "data"))
    since, until = Instant(now - DAY), Instant(now + 400 * DAY)
    authority = replace(AUTHORITY, valid_from=since, valid_until=until)

    async def start() -> None:
        async with in_process(tmp_path, clock=SystemClock(), config=trusting(authority)):
            pass

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["arrivals", *arguments, *where])

    asyncio.run(start())
    made = json.loads(run("receipt-key", "--json").stdout)
    public, begins, ends = made["key"].split(",")
    assert (made["public"], int(ends) - int(begins)) == (public, 400 * DAY)
    later = run("receipt-key", "--from", "2100-01-01", "--days", "30").stdout.strip().split(",")
    assert int(later[2]) - int(later[1]) == 30 * DAY
    keys = SecretsFile(tmp_path / "data" / "keys.json").load().receipts
    assert [key.public().public.hex() for key in keys] == [public, later[0]]
    file = tmp_path / "document"
    file.write_bytes(document(keys[0].public(), number=7, since=since).sign(authority))
    shown = json.loads(run("install", str(file), "--json").stdout)
    assert (shown["number"], shown["provinces"]) == (7, ["46", "48"])
    assert "46, 48" in run("install", str(file)).stdout
    file.write_bytes(document(keys[0].public(), number=6, since=since).sign(authority))
    ran = run("install", str(file))
    assert isinstance(ran.exception, PolicyError)
