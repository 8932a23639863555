"""Reports of symptoms at the server: counted once with the token, and nothing kept of any."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from databases import sqlite_only
from dp3t import Day, Instant, random_from_os
from dp3t.publication import SPEND_ERRORS
from dp3t.symptoms import SYMPTOM_REPORT_BYTES, SYMPTOM_REPORT_REFUSALS
from key_server import NOW, InnerServer, in_process
from server_symptoms import REPORTS, SYMPTOMS_ON, held, install_survey, report, send
from server_tokens import TODAY, stored, tokens
from server_traces import rows
from surveys import DA_NANG, HUE

SERVER_CONFIG = SYMPTOMS_ON


@pytest.mark.spec("SYMPTOMS-SERVER-3", "SYMPTOMS-SERVER-4")
async def test_reports_add_to_two_numbers_of_their_commune_and_day(server: InnerServer) -> None:
    await install_survey(server, held())
    made = await tokens(server, 4)
    answers = (True, True, False, True)
    places = (HUE, HUE, HUE, DA_NANG)
    for token, positive, place in zip(made, answers, places, strict=True):
        assert await send(server, report(token, commune=place, positive=positive)) == "accepted"
    assert await rows(server, "symptom_counts") == [
        (TODAY, 3, HUE, 3, 2),
        (TODAY, 3, DA_NANG, 1, 1),
    ]


@pytest.mark.spec("SYMPTOMS-SERVER-3", "SYMPTOMS-SERVER-5")
async def test_what_is_refused_is_not_counted_and_spends_no_token(server: InnerServer) -> None:
    """Negative: no survey, another, another commune, tokens that are not good; each by name."""
    token, other = await tokens(server, 2)
    assert await send(server, report(token)) == "other-survey"
    await install_survey(server, held())
    forged = replace(token, nonce=random_from_os(32))
    tomorrow = (await tokens(server, day=Day(TODAY + 1)))[0]
    elsewhere = replace(token, scope="objections")
    cases = {
        report(token, number=2): "other-survey",
        report(token, commune="00001"): "other-commune",
        report(forged): "unknown-token",
        report(tomorrow): "early-token",
        report(elsewhere): "other-scope",
        report(replace(token, day=Day(TODAY - 1))): "expired-token",
    }
    for body, refusal in cases.items():
        assert await send(server, body) == refusal
    assert await rows(server, "symptom_counts") == await rows(server, "spent_tokens") == []
    assert await send(server, report(token)) == "accepted"
    assert await send(server, report(token, positive=False)) == "spent-token"
    assert await send(server, report(other, positive=False)) == "accepted"
    assert await rows(server, "symptom_counts") == [(TODAY, 3, HUE, 2, 1)]
    assert {*cases.values(), "spent-token", "closed-day"} == {*SYMPTOM_REPORT_REFUSALS}
    assert set(map(str, SPEND_ERRORS)) < {*SYMPTOM_REPORT_REFUSALS}


@pytest.mark.spec("SYMPTOMS-SERVER-5")
async def test_a_survey_that_is_over_or_replaced_takes_no_reports(server: InnerServer) -> None:
    """Negative: and its tokens are good for the next."""
    first, second = await tokens(server, 2)
    await install_survey(server, held(valid_until=Instant(NOW + 1)))
    assert await send(server, report(first)) == "accepted"
    await server.move_to(NOW + 3_600)
    assert await send(server, report(second)) == "other-survey"
    await install_survey(server, held(number=4), now=Instant(NOW + 3_600))
    assert await send(server, report(second)) == "other-survey"
    assert await send(server, report(second, number=4)) == "accepted"


@pytest.mark.spec("SYMPTOMS-SERVER-3", "TOKENS-11")
async def test_a_report_that_comes_many_times_at_once_counts_once(
    tmp_path: Path, database: str
) -> None:
    config = SYMPTOMS_ON.with_settings(database=database)
    async with in_process(tmp_path, config=config) as server:
        await install_survey(server, held())
        one, other = await tokens(server, 2)
        bodies = [report(one)] * 6 + [report(other)] * 2
        found = await asyncio.gather(*(send(server, body) for body in bodies))
        assert sorted(found) == ["accepted"] * 2 + ["spent-token"] * 6
        assert await rows(server, "symptom_counts") == [(TODAY, 3, HUE, 2, 2)]


@pytest.mark.spec("SYMPTOMS-SERVER-3")
async def test_where_counting_fails_the_token_is_not_spent(
    server: InnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative: one transaction, so that nobody loses their report to a full disk."""
    await install_survey(server, held())
    (token,) = await tokens(server)
    with monkeypatch.context() as patched:
        patched.setattr("dp3t_server.symptom_store.SymptomStore.add", failing)
        async with server.session.post(server.url + REPORTS, data=report(token)) as response:
            assert response.status == 503
    assert await rows(server, "spent_tokens") == []
    assert await send(server, report(token)) == "accepted"


async def failing(*_: object) -> None:
    raise OSError("injected")


@pytest.mark.spec("SYMPTOMS-SERVER-3")
@sqlite_only
async def test_neither_database_nor_log_holds_anything_of_a_report(
    server: InnerServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Negative: no nonce, no signature, and no row more for a second report."""
    await install_survey(server, held())
    made = await tokens(server, 2)
    caplog.clear()
    for token in made:
        assert await send(server, report(token)) == "accepted"
    assert len(await rows(server, "symptom_counts")) == 1
    kept = stored(server)
    for token in made:
        for secret in (token.nonce, token.prefix, token.signature[:32]):
            assert secret not in kept
    assert HUE not in "".join(str(vars(each)) for each in caplog.records)


@pytest.mark.spec("SYMPTOMS-SERVER-4")
@pytest.mark.parametrize("length", [0, SYMPTOM_REPORT_BYTES - 1, SYMPTOM_REPORT_BYTES + 1])
async def test_a_body_of_another_length_is_no_report(server: InnerServer, length: int) -> None:
    async with server.session.post(server.url + REPORTS, data=bytes(length)) as response:
        code = (await response.json())["error"]["code"]
    too_long = length > SYMPTOM_REPORT_BYTES
    assert (response.status, code) == ((413, "too-large") if too_long else (400, "malformed"))
