"""A server that takes every form of authorisation, and the people around it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from dp3t import Day, Instant, UploadCode, day_of, day_to_date
from dp3t.proximity import DESIGN_NAMES
from dp3t.publication import Authorization, Commitment, Openings, Report, SigningKey, Statement
from dp3t_server.config import Authority, Config
from key_server import DAY, NOW, InnerServer
from tested_phones import TestedPhone, body_of

SINCE = Day(day_of(NOW) - 4)
AUTHORITY = SigningKey(
    seed=bytes(range(32)),
    valid_from=Instant(NOW - 30 * DAY),
    valid_until=Instant(NOW + 30 * DAY),
)
each_design = pytest.mark.parametrize("name", DESIGN_NAMES)


def config(**settings: Any) -> Config:
    """Return settings with one authority."""
    key = AUTHORITY.public()
    authority = Authority(
        public=key.public.hex(),
        valid_from=datetime.fromtimestamp(key.valid_from, tz=UTC),
        valid_until=datetime.fromtimestamp(key.valid_until, tz=UTC),
    )
    return Config(authorities=(authority,), **settings)


def phone(name: str = "gaen", *, seed: int = 1) -> TestedPhone:
    """Return a phone at the server's time."""
    return TestedPhone.of(name, now=NOW, seed=seed)


async def send(server: InnerServer, authorization: Authorization, report: Report) -> str:
    """Upload; return "accepted" or why not."""
    return await server.send(body_of(authorization, report))


async def send_bound(server: InnerServer, upload: tuple[Report, Openings]) -> str:
    """Upload what was committed to; return "accepted" or why not."""
    report, openings = upload
    return await send(server, openings, report)


async def fault(server: InnerServer, path: str, body: object, *, token: str | None = None) -> str:
    """Ask as the operator; return the code of the fault, or "ok"."""
    _, answer = await server.ask("POST", f"/v1/operator/{path}", body, token=token)
    return answer["error"]["code"] if "error" in answer else "ok"


async def inactive(server: InnerServer) -> UploadCode:
    """Issue an inactive code."""
    _, answer = await server.ask("POST", "/v1/operator/codes", {"count": 1, "inactive": True})
    return UploadCode.parse(answer["codes"][0]["code"])


async def activate(server: InnerServer, code: UploadCode, first_day: Day = SINCE) -> str:
    """Activate a code; return "ok" or the fault."""
    day = day_to_date(first_day).isoformat()
    return await fault(server, "activations", {"code": code.display(), "first_day": day})


async def active(server: InnerServer, first_day: Day = SINCE) -> UploadCode:
    """Issue and activate a code."""
    code = await inactive(server)
    assert await activate(server, code, first_day) == "ok"
    return code


def statement_of(
    commitment: Commitment, *, since: Day = SINCE, hours: int = 24, region: str = "VN"
) -> Statement:
    """Return the authority's word on a commitment."""
    return Statement.authorize(
        commitment, region=region, first_day=since, now=NOW, lifetime_hours=hours
    )


async def state(server: InnerServer, statement: Statement, key: SigningKey = AUTHORITY) -> str:
    """Post a signed statement; return "ok" or the fault."""
    return await fault(server, "statements", {"statement": statement.sign(key).hex()})


async def bound(
    server: InnerServer, tested: TestedPhone, *, since: Day = SINCE
) -> tuple[Report, Openings]:
    """Be tested positive; return what the phone uploads."""
    secret = tested.committed()
    assert await state(server, statement_of(secret.commitment(), since=since)) == "ok"
    return tested.bound(secret, since=since)


async def rows(server: InnerServer, table: Any) -> list[Any]:
    """Return the rows of a table."""
    async with server.parts.store.database.reading() as connection:
        return list((await connection.execute(table.select())).all())


async def published(server: InnerServer) -> int:
    """Publish what is due in two days; return how many keys are public."""
    moved = await server.move_to(NOW + 2 * DAY)
    return sum(batch["keys"] for batch in moved)
