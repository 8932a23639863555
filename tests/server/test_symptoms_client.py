"""An app and the terminal against the real server: survey, report, help, estimates."""

import asyncio
import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from dp3t import Day, Instant, TransportError, UnknownKeyError
from dp3t.cli.commands import app
from dp3t.cli.token_file import TokenFile
from dp3t.errors import ExpiredError, PolicyError, ReplayError
from dp3t.publication import TokenBook, TrustedKeys, VerificationKey
from dp3t.symptoms import (
    Budget,
    Count,
    Drawn,
    Estimates,
    SymptomReport,
    built_in_rules_value,
    published_from,
    sign_rules,
)
from dp3t.symptoms_client import SymptomsClient
from dp3t_server.clock import SystemClock
from dp3t_server.keys import write_signing_key
from dp3t_server.symptom_documents import install
from dp3t_server.symptom_store import Kind, SymptomStore
from key_server import DAY, NOW, InnerServer
from server_symptoms import SYMPTOMS_ON, held, install_survey
from server_tokens import TODAY, token_code, tokens
from server_traces import rows
from stations import request, station_keys
from surveys import AUTHORITY, HUE, TRUSTED
from terminal import Ran, Terminal, dp3t, dp3t_server

SERVER_CONFIG = SYMPTOMS_ON
PUBLIC = AUTHORITY.public().public.hex()


@pytest.mark.spec("SURVEY-3", "SURVEY-4", "SYMPTOMS-SERVER-2")
async def test_an_app_fetches_the_survey_and_reports_once(server: InnerServer) -> None:
    signed = held().sign(AUTHORITY)
    await install_survey(server, held())
    (token,) = await tokens(server)
    async with SymptomsClient(server.url) as client:
        assert await client.fetch_survey(TRUSTED, now=NOW) == (signed, held())
        with pytest.raises(ExpiredError, match="replaced by 4"):
            await client.fetch_survey(TRUSTED, now=NOW, newest=4)
        made = SymptomReport.make_with_os_randomness(True, survey=held(), commune=HUE, token=token)
        await client.report(made)
        with pytest.raises(ReplayError, match="spent-token"):
            await client.report(made)
    assert await rows(server, "symptom_counts") == [(TODAY, 3, HUE, 1, int(made.positive))]


async def test_an_app_takes_no_survey_beyond_its_limits_from_a_server_that_has_one(
    server: InnerServer,
) -> None:
    """Negative: signed by the authority, and by a way around `install`."""
    async with server.parts.store.writing() as transaction:
        curious = held(turned_per_mille=100).sign(AUTHORITY)
        await transaction.symptoms.install(Kind.SURVEY, 3, curious, today=TODAY)
    async with SymptomsClient(server.url) as client:
        with pytest.raises(PolicyError, match="more than this app allows"):
            await client.fetch_survey(TRUSTED, now=NOW)


@pytest.mark.spec("SYMPTOMS-SERVER-1", "SYMPTOMS-SERVER-2", "HELP-2", "HELP-11")
async def test_an_app_fetches_rules_and_stations_and_asks_for_help(server: InnerServer) -> None:
    rules = sign_rules(built_in_rules_value(), AUTHORITY)
    keys = replace(station_keys(), valid_from=Instant(NOW - DAY), valid_until=Instant(NOW + DAY))
    stations = tuple(
        replace(each, valid_from=keys.valid_from, valid_until=keys.valid_until)
        for each in keys.stations
    )
    keys = replace(keys, stations=stations)
    later = SystemClock().now()
    await install(server.parts, Kind.RULES, rules, now=later)
    await install(server.parts, Kind.STATIONS, keys.sign(AUTHORITY), now=NOW)
    async with SymptomsClient(server.url) as client:
        assert (await client.fetch_rules(TRUSTED, now=later)).number > 0
        assert await client.fetch_stations(TRUSTED, now=NOW) == keys
        sealed = request(asked=NOW).seal_with_os_randomness(keys)
        await client.ask_for_help(sealed)
        await client.ask_for_help(sealed)
        with pytest.raises(TransportError, match="404"):
            await client.fetch_survey(TRUSTED, now=NOW)
    assert len(await rows(server, "help_requests")) == 1


@pytest.mark.spec("ESTIMATE-6", "SYMPTOMS-SERVER-8", "TERMINAL-63")
async def test_estimates_are_verified_and_shown_with_the_alarm(server: InnerServer) -> None:
    await install_survey(server, held())
    day = Day(TODAY - 45)
    async with server.parts.store.writing() as transaction:
        for ahead in range(45):
            positive = 180 if ahead >= 43 else 104
            await publish(server, transaction.symptoms, Day(day + ahead), Count(400, positive))
    async with SymptomsClient(server.url) as client:
        found = await client.estimate_days()
        assert found == list(range(day, TODAY))
        trusted = TrustedKeys(VerificationKey.pinned(each.public) for each in server.trusted())
        one = await client.fetch_estimates(day, trusted=trusted, region="VN")
        assert one.counts == {HUE: Count(400, 104)}
        with pytest.raises(UnknownKeyError):
            await client.fetch_estimates(day, trusted=TRUSTED, region="VN")
    keys = [each.public.hex() for each in server.trusted()]
    shown = ("estimates", "--server", server.url, "--public-key", keys[0])
    ran = await told(*shown, "--json")
    document = json.loads(ran.stdout)
    assert (ran.returncode, len(document["days"]), len(document["estimates"])) == (0, 45, 45)
    alarms = [row["day"] for row in document["estimates"] if row["alarm"]]
    assert alarms == document["days"][-2:]
    first = document["estimates"][0]
    assert (first["commune"], first["reports"], first["share"]) == (HUE, 400, 0.02)
    assert first["low"] < 0.02 < first["high"]
    assert "rises" in (await told(*shown)).stdout
    assert (await told(*shown, "--commune", "00001", "--json")).stdout.count("commune") == 0
    refused = await told("estimates", "--server", server.url, "--public-key", PUBLIC)
    assert (refused.returncode, refused.stdout) == (2, "")


async def publish(server: InnerServer, symptoms: SymptomStore, day: Day, count: Count) -> None:
    """Publish the estimates of a day as the server does."""
    made = Estimates.of(
        held(), region="VN", day=day, issued=published_from(day), counts=[(HUE, count)]
    )
    key = replace(server.parts.secrets.load().signing[0], valid_from=Instant(0))
    await symptoms.publish(day, made.sign(key))


async def told(*arguments: str) -> Ran:
    """Run `dp3t symptoms` beside the server."""
    return await asyncio.to_thread(dp3t, "symptoms", *arguments)


@pytest.mark.spec("TERMINAL-62", "BUDGET-1", "BUDGET-3")
async def test_the_terminal_spends_before_it_sends_and_never_twice(
    server: InnerServer, tmp_path: Path
) -> None:
    await install_survey(server, held(report_per_mille=1_000))
    survey, budget = tmp_path / "survey", tmp_path / "budget"
    survey.write_bytes(held(report_per_mille=1_000).sign(AUTHORITY))
    files = [await token_file(server, tmp_path / f"tokens-{number}") for number in range(2)]

    async def report_with(file: Path, url: str, *more: str) -> Ran:
        return await told(
            *("report", "--survey", str(survey), "--authority", PUBLIC, "--server", url),
            *("--tokens", str(file), "--budget", str(budget), "--commune", HUE),
            *("--answer", "yes", "--now", str(NOW), "--json", *more),
        )

    unreachable = await report_with(files[0], "http://127.0.0.1:1")
    assert (unreachable.returncode, unreachable.stdout) == (2, "")
    assert len(Budget.decode(budget.read_bytes()).spent) == 1
    assert stat.S_IMODE(budget.stat().st_mode) == 0o600
    assert TokenFile.read(files[0]).book.tokens == ()
    again = await report_with(files[1], server.url)
    assert (again.returncode, "drawn already" in again.stderr) == (2, True)
    assert await rows(server, "symptom_counts") == []
    other = await token_file(server, tmp_path / "tokens-3")
    sent = await report_with(other, server.url, "--member", "2")
    assert json.loads(sent.stdout) == {"survey": 3, "day": "2021-07-05", "reported": True}
    ((_, _, commune, reports, _),) = await rows(server, "symptom_counts")
    assert (commune, reports) == (HUE, 1)


@pytest.mark.spec("TERMINAL-62")
async def test_on_a_day_that_is_not_drawn_the_terminal_sends_nothing(
    server: InnerServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Negative: in this process, with a draw that says no; nobody listens at the address."""
    monkeypatch.setattr("dp3t.cli.symptoms.reporting.random_from_os", high)
    monkeypatch.setenv("DP3T_LANG", "en")
    (tmp_path / "survey").write_bytes(held(report_per_mille=500).sign(AUTHORITY))
    file, budget = await token_file(server, tmp_path / "tokens"), tmp_path / "budget"
    budget.write_bytes(Budget(drawn=(Drawn(9, Day(TODAY - 1)),)).encode())
    budget.chmod(0o600)
    status, out, _ = Terminal(monkeypatch, capsys).run(
        app,
        *("symptoms", "report", "--survey", tmp_path / "survey", "--authority", PUBLIC),
        *("--server", "http://127.0.0.1:1", "--tokens", file, "--budget", budget),
        *("--commune", HUE, "--answer", "no", "--now", NOW),
    )
    assert (status, "nothing was sent" in out) == (0, True)
    assert [each.member for each in Budget.decode(budget.read_bytes()).drawn] == [1, 9]


def high(count: int) -> bytes:
    """Return bytes that draw 999 of 1,000."""
    return (999).to_bytes(count, "big")


async def token_file(server: InnerServer, path: Path) -> Path:
    """Write a file with a token of today."""
    (token,) = await tokens(server)
    book = TokenBook(scope="symptoms", tokens=(token,))
    TokenFile(code=await token_code(server), held=book, view=server.view()).write(path)
    return path


@pytest.mark.spec("TERMINAL-60", "TERMINAL-61", "SYMPTOMS-SERVER-1")
async def test_a_survey_is_signed_installed_and_fetched_at_the_terminal(
    server: InnerServer, tmp_path: Path
) -> None:
    now = SystemClock().now()
    value = json.loads(held(valid_until=Instant(now + DAY)).sign(AUTHORITY)[72:])
    document, signed, out = (tmp_path / name for name in ("survey.json", "survey", "fetched"))
    document.write_text(json.dumps(value, indent=2))
    key = tmp_path / "key"
    write_signing_key(key, AUTHORITY)
    sign = ("authority", "sign-survey", "--signing-key", str(key))
    assert (await told(*sign, str(document), "--out", str(signed))).returncode == 0
    settings = ("--data", str(server.data.path), "--json")
    install = ("symptoms", "install", "survey", str(signed), *settings)
    ran = await asyncio.to_thread(dp3t_server, *install)
    assert json.loads(ran.stdout) == {"kind": "survey", "number": 3}
    fetch = ("fetch", "survey", "--server", server.url, "--authority", PUBLIC, "--out", str(out))
    assert json.loads((await told(*fetch, "--json")).stdout) == {"number": 3}
    assert out.read_bytes() == signed.read_bytes()
    document.write_text(json.dumps({**value, "turned_per_mille": 100}))
    assert (await told(*sign, str(document), "--out", str(out) + "2")).returncode == 2
