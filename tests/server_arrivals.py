"""Entry declarations for tests of the server: an authority, its document, travellers."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from dp3t import Day, Instant, TrustedKeys, VerificationKey, day_of, random_from_os, to_datetime
from dp3t.arrivals import (
    BINDING_BYTES,
    SUBMISSION_ANSWER_BYTES,
    WITHDRAWAL_SECRET_BYTES,
    Envelope,
    Header,
    RecipientKeys,
    Submission,
    Withdrawal,
    WithdrawnReceipts,
    check_submission_answer,
    check_withdrawal_answer,
    withdrawal_digest,
)
from dp3t.errors import PolicyError
from dp3t.primitives import X25519PrivateKey
from dp3t.publication import ANSWER_BYTES, SigningKey
from dp3t_server.arrivals_keys import add_receipt_key, install
from dp3t_server.config import Authority, Config
from key_server import DAY, NOW, InnerServer, KeyServer, in_process, run_program

TODAY = day_of(NOW)
POINT = "VDAD"
LISTED = "/v1/operator/arrivals/declarations"
BORDER = X25519PrivateKey(bytes(31) + b"\3")
DA_NANG, HUE = X25519PrivateKey(bytes(31) + b"\4"), X25519PrivateKey(bytes(31) + b"\5")
AUTHORITY = SigningKey(
    seed=bytes(31) + b"\2",
    valid_from=Instant(NOW - 100 * DAY),
    valid_until=Instant(NOW + 400 * DAY),
)
TRUSTED = TrustedKeys([AUTHORITY.public()])


def trusting(authority: SigningKey) -> Config:
    """Return settings that take declarations, with the documents of an authority."""
    named = Authority(
        public=authority.public().public.hex(),
        valid_from=to_datetime(authority.valid_from),
        valid_until=to_datetime(authority.valid_until),
    )
    return Config(declarations=True, arrivals_authorities=(named,))


ARRIVALS_ON = trusting(AUTHORITY)
AUTHORITY_IN_TOML = f"""
[[arrivals_authorities]]
public = "{AUTHORITY.public().public.hex()}"
valid_from = {to_datetime(AUTHORITY.valid_from).isoformat()}
valid_until = {to_datetime(AUTHORITY.valid_until).isoformat()}
"""


def document(
    *receipt_keys: VerificationKey, number: int = 1, since: int = NOW - DAY, days: int = 90
) -> RecipientKeys:
    """Return a document of keys."""
    return RecipientKeys(
        number=number,
        valid_from=Instant(since),
        valid_until=Instant(since + days * DAY),
        border=BORDER.public(),
        provinces={"46": HUE.public(), "48": DA_NANG.public()},
        receipt_keys=receipt_keys,
    )


async def open_desk(
    server: InnerServer, *, number: int = 1, beside: RecipientKeys | None = None
) -> RecipientKeys:
    """Make a key of receipts, and install a document that names it and those of another one."""
    now = server.clock.now()
    key = await add_receipt_key(server.parts, valid_from=Instant(now - DAY), days=90, now=now)
    earlier = beside.receipt_keys if beside else ()
    keys = document(*earlier, key, number=number, since=now - DAY)
    await install(server.parts, keys.sign(AUTHORITY), now=now)
    return keys


async def install_beside(server: KeyServer) -> RecipientKeys:
    """Make a key of receipts and install a document with the program, which goes by the present."""
    where = ("--data", str(server.data.path))
    made = ("arrivals", "receipt-key", "--from", str(NOW), "--days", "3650", *where)
    status, written, said = await run_program(*made)
    assert status == 0, said
    public, since, until = written.strip().split(",")
    key = VerificationKey(
        public=bytes.fromhex(public),
        valid_from=Instant(int(since)),
        valid_until=Instant(int(until)),
    )
    keys = document(key, days=3_650)
    file = server.data.path.parent / "arrivals-keys"
    file.write_bytes(keys.sign(AUTHORITY))
    status, _, said = await run_program("arrivals", "install", str(file), *where)
    assert status == 0, said
    return keys


@asynccontextmanager
async def desk(
    folder: Path, config: Config = ARRIVALS_ON, *, number: int = 1
) -> AsyncIterator[tuple[InnerServer, RecipientKeys]]:
    """Run a server that takes declarations."""
    async with in_process(folder, config=config) as server:
        yield server, await open_desk(server, number=number)


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration, and what its traveller keeps of it; it opens for nobody."""

    envelope: Envelope
    withdrawal: Withdrawal

    @property
    def name(self) -> str:
        """What officials call it."""
        return self.envelope.declaration_id.hex()


def declared(
    *,
    number: int = 1,
    entry_day: int = TODAY,
    expiry_day: int | None = None,
    binding: bytes | None = None,
) -> Declared:
    """Return a declaration whose parts are random bytes, which a server cannot tell."""
    secret = random_from_os(WITHDRAWAL_SECRET_BYTES)
    header = Header(
        keys_number=number,
        entry_day=Day(entry_day),
        expiry_day=Day(entry_day + 21 if expiry_day is None else expiry_day),
        arrival_point=POINT,
        withdrawal_digest=withdrawal_digest(secret),
        binding=random_from_os(BINDING_BYTES) if binding is None else binding,
    )
    envelope = Envelope(header, random_from_os(16_432), random_from_os(8_240))
    return Declared(envelope, Withdrawal(envelope.declaration_id, secret))


async def post(server: KeyServer, name: str, body: bytes, length: int) -> bytes:
    """Send a body that is answered; return the answer."""
    async with server.session.post(f"{server.url}/v1/arrivals/{name}", data=body) as response:
        data = await response.read()
        assert (response.status, len(data)) == (200, length), data
    return data


async def hand_in(server: KeyServer, one: Declared, corrects: Withdrawal | None = None) -> str:
    """Hand a declaration in; return its receipt, or the word of a refusal."""
    body = Submission(one.envelope, corrects).encode()
    answer = await post(server, "declarations", body, SUBMISSION_ANSWER_BYTES)
    try:
        return check_submission_answer(answer)
    except PolicyError as error:
        return str(error).rpartition(": ")[2]


async def take_back(server: KeyServer, withdrawal: Withdrawal) -> bool:
    """Withdraw a declaration; return whether it was."""
    answer = await post(server, "withdrawals", withdrawal.encode(), ANSWER_BYTES)
    try:
        check_withdrawal_answer(answer)
    except PolicyError:
        return False
    return True


async def listed(server: KeyServer) -> dict[str, bytes]:
    """Return every declaration that officials are given, by its name, in the order given."""
    found: dict[str, bytes] = {}
    more, after = True, ""
    while more:
        status, page = await server.ask("GET", LISTED + (f"?after={after}" if after else ""))
        assert status == 200, page
        more = page["more"]
        for each in page["declarations"]:
            after = each["name"]
            assert after not in found
            found[after] = base64.b64decode(each["sealed"], validate=True)
    return found


async def withdrawn(
    server: KeyServer, keys: RecipientKeys, *, now: Instant = NOW
) -> WithdrawnReceipts:
    """Fetch and verify the list of withdrawn receipts."""
    data = await server.get("/v1/arrivals/withdrawn")
    return WithdrawnReceipts.open(data, keys.receipts(), now=now)


def sealed_for(province: str, *, header: Header | None = None) -> Declared:
    """Return a declaration that the border and a province can open."""
    made = declared()
    keys = {"46": HUE, "48": DA_NANG}
    envelope = Envelope.seal(
        header or made.envelope.header,
        border=(BORDER.public(), b"for the border"),
        province=(keys[province].public(), b"for the province"),
    )
    return Declared(envelope, Withdrawal(envelope.declaration_id, made.withdrawal.secret))
