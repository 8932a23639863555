"""Entry declarations at the server: taken, repeated, corrected, withdrawn, refused by name."""


import pytest_asyncio

from dp3t.arrivals import RecipientKeys, open_receipt, require_receipt_of
from key_server import InnerServer
from server_arrivals import (
    ARRIVALS_ON,
    declared,
    hand_in,
    listed,
    open_desk,
    take_back,
    withdrawn,
)

SERVER_CONFIG = ARRIVALS_ON


@pytest_asyncio.fixture
async def keys(server: InnerServer) -> RecipientKeys:
    """The installed document."""
    return await open_desk(server)


async def test_a_declaration_gets_a_receipt_and_is_kept_byte_by_byte(
    server: InnerServer, keys: RecipientKeys
) -> None:
    one = declared()
    text = await hand_in(server, one)
    said = require_receipt_of(one.envelope, text, keys=keys.receipts())
    assert (said.opens_hours, said.closes_hours) == (19, 41)
    assert await listed(server) == {one.name: one.envelope.encode()}
    assert await hand_in(server, one) == text
    assert len(await listed(server)) == 1


async def test_a_correction_replaces_once(server: InnerServer, keys: RecipientKeys) -> None:
    one, two, three = declared(), declared(), declared()
    first = await hand_in(server, one)
    second = await hand_in(server, two, one.withdrawal)
    assert list(await listed(server)) == [two.name]
    assert await hand_in(server, two, one.withdrawal) == second
    assert await hand_in(server, three, one.withdrawal) == "unknown-declaration"
    assert await hand_in(server, one) == "unknown-declaration"
    gone, _ = open_receipt(first, keys.receipts())
    found = await withdrawn(server, keys)
    assert dict(found.expiry_days) == {gone.receipt_id: gone.expiry_day}


async def test_withdrawal(server: InnerServer, keys: RecipientKeys) -> None:
    one = declared()
    await hand_in(server, one)
    assert (await withdrawn(server, keys)).expiry_days == {}
    assert not await take_back(server, declared().withdrawal)
    assert await take_back(server, one.withdrawal)
    assert await take_back(server, one.withdrawal)
    assert await listed(server) == {}
    assert one.envelope.declaration_id[:16] in await withdrawn(server, keys)
