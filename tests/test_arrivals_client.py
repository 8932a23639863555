"""The HTTP side of declarations: what is asked, and what of the answers is believed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from dp3t.arrivals.recipients import RecipientKeys
from dp3t.arrivals.submission import (
    Submission,
    Withdrawal,
    encode_submission_answer,
    encode_withdrawal_answer,
    entry_receipt_for,
)
from dp3t.arrivals.withdrawn import WithdrawnReceipts
from dp3t.arrivals_client import ArrivalsClient
from dp3t.errors import (
    ExpiredError,
    TransportError,
    UnauthorizedError,
    UnknownKeyError,
    VerificationError,
)
from dp3t.primitives import X25519PrivateKey
from dp3t.publication.signing import TrustedKeys
from dp3t.timeline import Day, Instant
from travellers import DAY, ENVELOPE, KEYS, NOON, SERVER

AUTHORITY = replace(SERVER, seed=bytes(31) + b"\2")
TRUSTED = TrustedKeys([AUTHORITY.public()])
BORDER, PROVINCE = (X25519PrivateKey(bytes([n]) * 32).public() for n in (1, 2))
DOCUMENT = RecipientKeys(
    number=3,
    valid_from=Instant(NOON - 86_400),
    valid_until=Instant(NOON + 86_400),
    border=BORDER,
    provinces={"48": PROVINCE},
    receipt_keys=(SERVER.public(),),
)
OLD = Withdrawal(b"\1" * 32, b"\2" * 32)


@dataclass
class Desk:
    """A server that answers as it is told, and remembers what it was asked."""

    answers: dict[str, bytes] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)
    lost: int = 0
    otherwise: int = 404

    async def answer(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        self.cookies.append(request.headers.get("Cookie", ""))
        if self.lost and request.transport is not None:
            self.lost -= 1
            request.transport.close()
        body = self.answers.get(f"{request.method} {request.path}")
        if body is None:
            return web.Response(status=self.otherwise)
        return web.Response(body=body, headers={"Set-Cookie": "who=you"})

    @asynccontextmanager
    async def client(self) -> AsyncIterator[ArrivalsClient]:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self.answer)
        async with TestServer(app) as server, ArrivalsClient(str(server.make_url("/"))) as client:
            yield client


async def test_keys_are_those_that_the_authority_signed() -> None:
    desk = Desk({"GET /v1/arrivals/keys": DOCUMENT.sign(AUTHORITY)})
    async with desk.client() as client:
        signed, keys = await client.fetch_keys(TRUSTED)
        assert (signed, keys) == (DOCUMENT.sign(AUTHORITY), DOCUMENT)
        with pytest.raises(ExpiredError, match="replaced by 4"):
            await client.fetch_keys(TRUSTED, at_least=4)
        with pytest.raises(UnknownKeyError):
            await client.fetch_keys(KEYS)


@pytest.mark.spec("SUBMISSION-1", "SUBMISSION-5", "CLIENT-8")
async def test_a_declaration_and_a_correction_bring_its_receipt() -> None:
    said = entry_receipt_for(ENVELOPE, opens_hours=19, closes_hours=41).sign(SERVER)
    desk = Desk({"POST /v1/arrivals/declarations": encode_submission_answer(receipt=said)})
    async with desk.client() as client:
        assert await client.declare(ENVELOPE, keys=KEYS) == said
        assert await client.declare(ENVELOPE, keys=KEYS, corrects=OLD) == said
    assert [Submission.decode(body).corrects for body in desk.bodies] == [None, OLD]
    assert {len(body) for body in desk.bodies} == {24_817}
    assert desk.cookies == ["", ""]


@pytest.mark.spec("SUBMISSION-6")
async def test_a_declaration_is_handed_in_again_where_no_answer_comes() -> None:
    said = entry_receipt_for(ENVELOPE, opens_hours=19, closes_hours=41).sign(SERVER)
    desk = Desk({"POST /v1/arrivals/declarations": encode_submission_answer(receipt=said)}, lost=2)
    async with desk.client() as client:
        assert await client.declare(ENVELOPE, keys=KEYS) == said
        assert desk.bodies == [Submission(ENVELOPE).encode()] * 3
        desk.lost = 3
        with pytest.raises(TransportError, match="no answer from the server"):
            await client.declare(ENVELOPE, keys=KEYS)
        assert len(desk.bodies) == 6


async def test_whoever_asks_too_often_is_told_to_wait() -> None:
    desk = Desk(otherwise=429)
    async with desk.client() as client:
        with pytest.raises(TransportError, match="429: too many requests from here, try again"):
            await client.declare(ENVELOPE, keys=KEYS)
    assert len(desk.bodies) == 1


@pytest.mark.spec("SUBMISSION-5")
async def test_the_receipt_of_somebody_else_is_refused() -> None:
    said = replace(
        entry_receipt_for(ENVELOPE, opens_hours=19, closes_hours=41), receipt_id=bytes(16)
    )
    answer = encode_submission_answer(receipt=said.sign(SERVER))
    async with Desk({"POST /v1/arrivals/declarations": answer}).client() as client:
        with pytest.raises(VerificationError, match="another declaration"):
            await client.declare(ENVELOPE, keys=KEYS)


@pytest.mark.spec("SUBMISSION-3")
async def test_a_refusal_is_raised_by_its_name() -> None:
    answer = encode_submission_answer(refusal="replaced-keys")
    async with Desk({"POST /v1/arrivals/declarations": answer}).client() as client:
        with pytest.raises(ExpiredError, match="replaced-keys"):
            await client.declare(ENVELOPE, keys=KEYS)


@pytest.mark.spec("SUBMISSION-2", "SUBMISSION-4")
async def test_a_withdrawal_is_64_bytes_and_its_refusal_is_named() -> None:
    desk = Desk({"POST /v1/arrivals/withdrawals": encode_withdrawal_answer()})
    async with desk.client() as client:
        await client.withdraw(OLD)
        desk.answers["POST /v1/arrivals/withdrawals"] = encode_withdrawal_answer(
            "unknown-declaration"
        )
        with pytest.raises(UnauthorizedError):
            await client.withdraw(OLD)
    assert desk.bodies == [OLD.encode()] * 2


@pytest.mark.spec("GATE-9", "GATE-10")
async def test_withdrawn_receipts_are_believed_if_a_receipt_key_signed_them() -> None:
    listed = WithdrawnReceipts(NOON, {bytes(16): Day(DAY + 2)})
    desk = Desk({"GET /v1/arrivals/withdrawn": listed.sign(SERVER)})
    async with desk.client() as client:
        assert await client.fetch_withdrawn(KEYS, now=NOON) == (listed.sign(SERVER), listed)
        desk.answers["GET /v1/arrivals/withdrawn"] = listed.sign(AUTHORITY)
        with pytest.raises(UnknownKeyError):
            await client.fetch_withdrawn(KEYS, now=NOON)


async def test_a_server_that_takes_no_declarations_is_named() -> None:
    async with Desk().client() as client:
        for asked in (client.fetch_keys(TRUSTED), client.withdraw(OLD)):
            with pytest.raises(TransportError, match="404"):
                await asked
