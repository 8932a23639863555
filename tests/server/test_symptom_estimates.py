"""Estimates at the server: published once for a day that is over, signed, and never changed."""

from dataclasses import replace

import pytest

from dp3t import (
    Day,
    Instant,
    MalformedError,
    PolicyError,
    ReplayError,
    VerificationError,
    day_start,
)
from dp3t.publication import SigningKey
from dp3t.symptoms import Count, Estimates
from dp3t_server.rows import insert_into
from dp3t_server.symptom_documents import install
from dp3t_server.symptom_store import ESTIMATE_DAYS, Kind
from dp3t_server.tables import symptom_counts
from key_server import DAY, HOUR, NOW, InnerServer
from server_symptoms import SYMPTOMS_ON, held, install_survey, report, send
from server_tokens import TODAY, tokens
from server_traces import rows
from surveys import AUTHORITY, DA_NANG, HUE, survey

SERVER_CONFIG = SYMPTOMS_ON
PATH = "/v1/symptoms/estimates"


async def count(server: InnerServer, day: Day, **counts: tuple[int, int]) -> None:
    """Let the server have counted reports of a day."""
    values = [
        {"day": day, "survey": 3, "commune": commune.strip("_"), "reports": n, "positives": yes}
        for commune, (n, yes) in counts.items()
    ]
    async with server.parts.store.database.writing() as connection:
        await connection.execute(insert_into(connection, symptom_counts), values)


async def days(server: InnerServer) -> list[int]:
    """Return the days of which the server says that there are estimates."""
    async with server.session.get(server.url + PATH) as response:
        assert response.status == 200
        found: dict[str, list[int]] = await response.json()
    return found["days"]


async def estimates(server: InnerServer, day: Day) -> Estimates:
    """Fetch and verify the estimates of a day."""
    data = await server.get(f"{PATH}/{day}")
    return Estimates.open(data, trusted=server.trusted(), region="VN", day=day)


@pytest.mark.spec("SYMPTOMS-SERVER-6", "SYMPTOMS-SERVER-8", "ESTIMATE-3")
async def test_a_day_is_published_two_hours_after_it_and_small_communes_are_left_out(
    server: InnerServer,
) -> None:
    await install_survey(server, held())
    await count(server, TODAY, **{HUE: (400, 130), DA_NANG: (19, 5)})
    end = day_start(Day(TODAY + 1))
    await server.move_to(end + HOUR)
    assert await days(server) == [TODAY - 1]
    await server.move_to(end + 2 * HOUR)
    assert await days(server) == [TODAY - 1, TODAY]
    found = await estimates(server, TODAY)
    assert found.counts == {HUE: Count(400, 130)}
    assert (found.survey, found.turned_per_mille, found.min_reports) == (3, 250, 20)
    assert found.issued == end + 2 * HOUR
    assert await rows(server, "symptom_counts") == []
    assert (await estimates(server, Day(TODAY - 1))).counts == {}


@pytest.mark.spec("SYMPTOMS-SERVER-7")
async def test_what_is_published_of_a_day_never_changes_and_takes_no_report_any_more(
    server: InnerServer,
) -> None:
    """Negative: neither counts that came by another way, nor a token of that day."""
    await install_survey(server, held())
    (token,) = await tokens(server)
    await count(server, TODAY, **{HUE: (60, 20)})
    await server.move_to(day_start(Day(TODAY + 1)) + 2 * HOUR)
    before = await server.get(f"{PATH}/{TODAY}")
    assert await send(server, report(token)) == "closed-day"
    await count(server, TODAY, **{HUE: (1, 1)})
    await server.move_to(day_start(Day(TODAY + 1)) + 4 * HOUR)
    assert await server.get(f"{PATH}/{TODAY}") == before
    assert await rows(server, "symptom_counts") == []


@pytest.mark.spec("SYMPTOMS-SERVER-6")
async def test_after_days_without_a_server_all_that_was_counted_is_published(
    server: InnerServer,
) -> None:
    await install_survey(server, held())
    await count(server, Day(TODAY - 3), **{HUE: (30, 9)})
    await count(server, TODAY, **{HUE: (40, 9)})
    await server.move_to(NOW + 2 * DAY)
    assert await days(server) == [TODAY - 3, TODAY, TODAY + 1]
    assert (await estimates(server, Day(TODAY - 3))).counts == {HUE: Count(30, 9)}
    assert (await estimates(server, TODAY)).counts == {HUE: Count(40, 9)}


@pytest.mark.spec("SYMPTOMS-SERVER-6")
async def test_a_day_on_which_no_survey_held_has_no_estimates(server: InnerServer) -> None:
    """Negative: neither the day before the first, nor those after the last."""
    begins, ends = day_start(TODAY), day_start(Day(TODAY + 1))
    await install_survey(server, held(valid_from=begins, valid_until=ends))
    for ahead in (2, 24, 48, 72):
        await server.move_to(NOW + ahead * HOUR)
    assert await days(server) == [TODAY]


@pytest.mark.spec("SYMPTOMS-SERVER-7")
async def test_estimates_are_erased_a_hundred_days_after(server: InnerServer) -> None:
    await install_survey(server, held())
    await count(server, TODAY, **{HUE: (40, 9)})
    await server.move_to(NOW + DAY)
    await server.move_to(NOW + ESTIMATE_DAYS * DAY)
    assert TODAY in await days(server)
    await server.move_to(NOW + (ESTIMATE_DAYS + 1) * DAY)
    assert TODAY not in await days(server)
    for name in (str(TODAY), "01", "x", "99999", str(TODAY + 500)):
        async with server.session.get(f"{server.url}{PATH}/{name}") as response:
            assert response.status == 404


@pytest.mark.spec("SYMPTOMS-SERVER-1", "SYMPTOMS-SERVER-2")
async def test_a_signed_survey_is_handed_out_as_it_is_and_replaced_by_a_higher_number(
    server: InnerServer,
) -> None:
    async with server.session.get(server.url + "/v1/symptoms/survey") as response:
        assert response.status == 404
    assert await install_survey(server, held()) == 3
    assert await server.get("/v1/symptoms/survey") == held().sign(AUTHORITY)
    assert await install_survey(server, held()) == 3
    assert await install_survey(server, held(number=5)) == 5
    assert await server.get("/v1/symptoms/survey") == held(number=5).sign(AUTHORITY)
    for other in (held(number=5, turned_per_mille=300), held(number=4), held()):
        with pytest.raises(ReplayError, match="document 5 is installed already"):
            await install_survey(server, other)
    assert len(await rows(server, "symptom_documents")) == 2
    await server.move_to(NOW + 2 * DAY)
    assert len(await rows(server, "symptom_documents")) == 1
    assert await server.get("/v1/symptoms/survey") == held(number=5).sign(AUTHORITY)


@pytest.mark.spec("SYMPTOMS-SERVER-1")
async def test_what_no_phone_would_take_is_not_installed(server: InnerServer) -> None:
    """Negative: another signer, another document, one that does not hold, one too curious."""
    other = SigningKey(seed=bytes(32), valid_from=Instant(0), valid_until=Instant(2**32 - 1))
    cases = {
        held().sign(other): VerificationError,
        held().sign(AUTHORITY)[:-1] + b" ": VerificationError,
        b"": MalformedError,
        held(valid_until=NOW).sign(AUTHORITY): PolicyError,
        held(valid_from=Instant(NOW + 1)).sign(AUTHORITY): PolicyError,
        held(turned_per_mille=240).sign(AUTHORITY): PolicyError,
        survey(min_reports=19, valid_from=Instant(0)).sign(AUTHORITY): PolicyError,
    }
    for data, error in cases.items():
        with pytest.raises(error):
            await install(server.parts, Kind.SURVEY, data, now=NOW)
    for kind in (Kind.RULES, Kind.STATIONS):
        with pytest.raises(VerificationError):
            await install(server.parts, kind, held().sign(AUTHORITY), now=NOW)
    closed = replace(server.parts, config=SYMPTOMS_ON.with_settings(declarations=False))
    with pytest.raises(PolicyError, match="takes no declarations"):
        await install(closed, Kind.SURVEY, held().sign(AUTHORITY), now=NOW)
    assert await rows(server, "symptom_documents") == []
