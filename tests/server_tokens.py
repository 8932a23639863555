"""Anonymous tokens for tests of the server: codes, requests, and tokens made with them."""

from collections.abc import Sequence

from dp3t import Day, Instant, UploadCode, day_of, random_from_os
from dp3t.publication import (
    TOKEN_ANSWER_BYTES,
    BlindedDay,
    IssueRefusal,
    LoggedTokenKeys,
    PendingToken,
    SpendRefusal,
    Token,
    TokenKey,
    TokenKeys,
    TokenRequest,
    check_token_answer,
)
from dp3t_server.config import Config
from dp3t_server.token_spending import spend
from key_server import NOW, InnerServer, KeyServer

DECLARATIONS_ON = Config(declarations=True)
SCOPE = "symptoms"
TODAY = day_of(NOW)


async def token_codes(server: KeyServer, count: int = 1) -> list[UploadCode]:
    """Issue codes for tokens as the operator."""
    wanted = {"count": count, "tokens": True}
    status, answer = await server.ask("POST", "/v1/operator/codes", wanted)
    assert status == 200, answer
    return [UploadCode.parse(each["code"]) for each in answer["codes"]]


async def token_code(server: KeyServer) -> UploadCode:
    """Issue one code for tokens."""
    return (await token_codes(server))[0]


async def token_keys(server: KeyServer, *, now: Instant = NOW, region: str = "VN") -> TokenKeys:
    """Fetch and verify the list of keys."""
    logged = LoggedTokenKeys.decode(await server.get("/v1/tokens/keys"))
    return TokenKeys.open(logged.signed, trusted=server.trusted(), region=region, now=now)


async def send_request(server: KeyServer, body: bytes) -> bytes:
    """Ask for tokens with any body that is answered; return the answer."""
    async with server.session.post(server.url + "/v1/tokens", data=body) as response:
        data = await response.read()
        assert (response.status, len(data)) == (200, TOKEN_ANSWER_BYTES), data
    return data


def asking(code: UploadCode, pending: Sequence[PendingToken]) -> TokenRequest:
    """Return a request for tokens."""
    wanted = tuple(BlindedDay(each.key.day, each.blinded) for each in pending)
    return TokenRequest(code=code, scope=pending[0].key.scope, wanted=wanted)


async def ask_for(
    server: KeyServer, code: UploadCode, pending: Sequence[PendingToken]
) -> tuple[bytes | IssueRefusal, ...]:
    """Ask for tokens of one scope; return what the answer says of each day."""
    answer = await send_request(server, asking(code, pending).encode())
    return check_token_answer(answer, days=len(pending))


def finished(pending: PendingToken, answer: bytes | IssueRefusal) -> Token:
    """Return the token from an answer that holds a signature."""
    assert isinstance(answer, bytes), answer
    return pending.finish(answer)


async def tokens(
    server: KeyServer,
    count: int = 1,
    *,
    now: Instant = NOW,
    day: Day | None = None,
    scope: str = SCOPE,
) -> list[Token]:
    """Return tokens of a day, that of `now` by default, each of another person."""
    listed = await token_keys(server, now=now)
    key = listed.key(scope, day_of(now) if day is None else day)
    made = []
    for code in await token_codes(server, count):
        pending = PendingToken.begin(key, rand=random_from_os)
        made.append(finished(pending, (await ask_for(server, code, [pending]))[0]))
    return made


def begun(keys: Sequence[TokenKey]) -> list[PendingToken]:
    """Return a token to ask for of each key."""
    return [PendingToken.begin(key, rand=random_from_os) for key in keys]


def stored(server: InnerServer) -> bytes:
    """Return all bytes of the database's files."""
    files = sorted(server.data.path.glob("server.sqlite3*"))
    return b"".join(path.read_bytes() for path in files)


async def spent(
    server: InnerServer, token: Token, *, scope: str = SCOPE, now: Instant = NOW
) -> SpendRefusal | None:
    """Spend a token at a server, in a transaction of its own."""
    async with server.parts.store.database.writing() as connection:
        return await spend(connection, token, scope=scope, now=now)
