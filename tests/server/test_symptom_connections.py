"""What a server could tell of a household by the connections over which requests come."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from dp3t.errors import ExpiredError
from dp3t.symptoms import HELP_BYTES, SymptomReport, encode_help_answer, encode_symptom_answer
from dp3t.symptoms_client import SymptomsClient
from surveys import AUTHORITY, HUE, NOW, TRUSTED, survey, token

Seen = list[tuple[str, int]]


@pytest.fixture
async def noting() -> AsyncIterator[tuple[str, Seen]]:
    """Serve what a household asks for; note each path and the port from which it was asked."""
    seen: Seen = []

    async def answer(request: web.Request) -> web.Response:
        assert request.transport is not None
        seen.append((request.path, request.transport.get_extra_info("peername")[1]))
        name = request.path.rsplit("/", 1)[-1]
        bodies = {
            "reports": encode_symptom_answer(),
            "help": encode_help_answer(),
            "survey": survey().sign(AUTHORITY),
            "estimates": b'{"days": []}',
        }
        return web.Response(body=bodies[name])

    app = web.Application()
    app.router.add_route("*", "/v1/symptoms/{name}", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/")), seen


@pytest.mark.spec("SYMPTOMS-SERVER-13")
async def test_no_two_requests_of_a_household_come_over_one_connection(
    noting: tuple[str, Seen],
) -> None:
    """Negative: fetching, reports of two people, a request for help, and one that is refused."""
    url, seen = noting
    async with SymptomsClient(url) as client:
        await client.fetch_survey(TRUSTED, now=NOW)
        for label in ("mother", "son"):
            made = SymptomReport(survey=3, commune=HUE, positive=True, token=token(label))
            await client.report(made)
        await client.ask_for_help(bytes(HELP_BYTES))
        with pytest.raises(ExpiredError):
            await client.fetch_survey(TRUSTED, now=NOW, newest=9)
        assert await client.estimate_days() == []
    assert [path.rsplit("/", 1)[-1] for path, _ in seen] == [
        *("survey", "reports", "reports", "help", "survey", "estimates")
    ]
    assert len({port for _, port in seen}) == len(seen)
