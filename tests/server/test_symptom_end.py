"""What becomes of counted reports where declarations are turned off, or the service ends."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from dp3t import Day, Instant, PolicyError, day_start
from dp3t.symptoms import Count, Estimates
from dp3t_server.rows import insert_into
from dp3t_server.sunset import end_service
from dp3t_server.symptom_documents import install
from dp3t_server.symptom_store import ESTIMATE_DAYS, Kind, SymptomStore
from dp3t_server.tables import symptom_counts
from key_server import DAY, HOUR, NOW, InnerServer, in_process
from server_symptoms import HELP, SYMPTOMS_ON, held, install_survey, listed_help, report, send
from server_tokens import TODAY, tokens
from server_traces import rows
from stations import request, station, station_keys
from surveys import AUTHORITY, HUE

SERVER_CONFIG = SYMPTOMS_ON
CLOSES = day_start(Day(TODAY + 1)) + 2 * HOUR
STATIONS = replace(
    station_keys(station(HUE, "Huế", start=NOW - DAY, end=NOW + 30 * DAY)),
    valid_from=Instant(NOW - DAY),
    valid_until=Instant(NOW + 30 * DAY),
)


async def count(server: InnerServer, reports: int, positives: int) -> None:
    """Let the server have counted reports of today."""
    row = {"day": TODAY, "survey": 3, "commune": HUE, "reports": reports, "positives": positives}
    async with server.parts.store.database.writing() as connection:
        await connection.execute(insert_into(connection, symptom_counts), [row])


async def end(server: InnerServer, *, at_once: bool = False) -> None:
    await end_service(server.parts, at_once=at_once, now=server.clock.now())


async def published(server: InnerServer) -> list[object]:
    return [row[0] for row in await rows(server, "symptom_estimates")]


@pytest.mark.spec("SYMPTOMS-SERVER-6")
async def test_where_declarations_are_turned_off_what_was_counted_comes_out_and_is_erased(
    tmp_path: Path,
) -> None:
    """Negative: nor is a day published of which nothing was counted."""
    async with in_process(tmp_path, config=SYMPTOMS_ON) as server:
        await install_survey(server, held())
        await count(server, 40, 13)
    off = SYMPTOMS_ON.with_settings(declarations=False)
    async with in_process(tmp_path, config=off) as server:
        await server.move_to(CLOSES)
        await server.move_to(CLOSES + 3 * DAY)
        assert await rows(server, "symptom_counts") == []
        assert await published(server) == [TODAY]


@pytest.mark.spec("SYMPTOMS-SERVER-6")
async def test_what_was_counted_for_a_survey_that_is_gone_is_erased(server: InnerServer) -> None:
    await count(server, 40, 13)
    await server.move_to(CLOSES)
    assert await rows(server, "symptom_counts") == []
    assert await published(server) == []


@pytest.mark.spec("SYMPTOMS-SERVER-14", "SYMPTOMS-SERVER-6")
async def test_what_was_counted_before_the_service_ended_is_published_when_its_day_is_over(
    server: InnerServer,
) -> None:
    await install_survey(server, held())
    await install(server.parts, Kind.STATIONS, STATIONS.sign(AUTHORITY), now=NOW)
    before, after = (request(asked=NOW, who=who).seal_with_os_randomness(STATIONS) for who in "ab")
    assert await send(server, before, path=HELP) == "accepted"
    first, second = await tokens(server, 2)
    assert await send(server, report(first)) == "accepted"
    await count_more(server, 39)
    await end(server)
    assert await send(server, report(second)) == "other-survey"
    assert await send(server, after, path=HELP) == "replaced-keys"
    for kind in Kind:
        async with server.session.get(f"{server.url}/v1/symptoms/{kind}") as response:
            assert response.status == 404
    with pytest.raises(PolicyError, match="the service has ended"):
        await install_survey(server, held(number=4))
    assert list((await listed_help(server)).values()) == [before]
    await server.move_to(CLOSES)
    data = await server.get(f"/v1/symptoms/estimates/{TODAY}")
    found = Estimates.open(data, trusted=server.trusted(), region="VN", day=TODAY)
    assert found.counts == {HUE: Count(40, 1)}
    await server.move_to(CLOSES + 3 * DAY)
    assert await published(server) == [TODAY]
    for table in ("symptom_counts", "symptom_documents", "spent_tokens"):
        assert await rows(server, table) == []


@pytest.mark.spec("SYMPTOMS-SERVER-14", "SYMPTOMS-SERVER-7")
async def test_where_nothing_but_counts_is_left_releases_go_on_until_estimates_are_erased(
    server: InnerServer,
) -> None:
    await install_survey(server, held())
    await count(server, 40, 13)
    await end(server)
    await server.move_to(CLOSES)
    assert await published(server) == [TODAY]
    await server.move_to(CLOSES + ESTIMATE_DAYS * DAY)
    assert await published(server) == []


@pytest.mark.spec("SYMPTOMS-SERVER-14", "SYMPTOMS-SERVER-6")
async def test_after_the_end_what_was_counted_is_published_although_its_survey_has_had_its_days(
    server: InnerServer,
) -> None:
    """Nothing is released on the two days between; the release that publishes also erases."""
    await install_survey(server, held())
    await count(server, 40, 13)
    await end(server)
    await server.move_to(day_start(Day(TODAY + 3)))
    assert await published(server) == [TODAY]
    data = await server.get(f"/v1/symptoms/estimates/{TODAY}")
    found = Estimates.open(data, trusted=server.trusted(), region="VN", day=TODAY)
    assert found.counts == {HUE: Count(40, 13)}
    for table in ("symptom_counts", "symptom_documents"):
        assert await rows(server, table) == []


@pytest.mark.spec("SYMPTOMS-SERVER-6")
async def test_what_was_counted_for_a_survey_replaced_long_ago_is_published(
    server: InnerServer,
) -> None:
    await install_survey(server, held())
    await count(server, 40, 13)
    await install_survey(server, held(number=4))
    await server.move_to(day_start(Day(TODAY + 3)))
    assert TODAY in await published(server)
    data = await server.get(f"/v1/symptoms/estimates/{TODAY}")
    found = Estimates.open(data, trusted=server.trusted(), region="VN", day=TODAY)
    assert (found.survey, found.counts) == (3, {HUE: Count(40, 13)})
    assert [row[1] for row in await rows(server, "symptom_documents")] == [4]


async def count_more(server: InnerServer, reports: int) -> None:
    """Let as many more have been counted, all of which say no."""
    async with server.parts.store.database.writing() as connection:
        more = symptom_counts.update().values(reports=symptom_counts.c.reports + reports)
        await connection.execute(more)


@pytest.mark.spec("SYMPTOMS-SERVER-14")
@pytest.mark.parametrize("at_once", [False, True])
async def test_a_report_that_is_being_counted_as_the_service_ends_is_counted_first(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    """Negative: none is left behind where everything was to be erased; nobody waits for ever."""
    endings, real = list[asyncio.Task[None]](), SymptomStore.add

    async def late(store: SymptomStore, *given: object) -> None:
        await real(store, *given)  # type: ignore[arg-type]  # passed on unseen
        endings.append(asyncio.create_task(end(server, at_once=at_once)))
        await asyncio.sleep(0.5)

    async with in_process(tmp_path, config=SYMPTOMS_ON.with_settings(database=database)) as server:
        await install_survey(server, held())
        (token,) = await tokens(server)
        monkeypatch.setattr(SymptomStore, "add", late)
        async with asyncio.timeout(20):
            assert await send(server, report(token)) == "accepted"
            await endings[0]
        left = [] if at_once else [(TODAY, 3, HUE, 1, 1)]
        assert await rows(server, "symptom_counts") == left
        assert await rows(server, "spent_tokens") == []
