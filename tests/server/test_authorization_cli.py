"""The terminal of officials: activating codes, and what an authority signs and a server takes."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dp3t import MalformedError, PolicyError, UploadCode, day_of, day_to_date, random_from_os
from dp3t.errors import Dp3tError
from dp3t_server.cli import app
from dp3t_server.clock import SystemClock
from dp3t_server.config import Authority, Config
from dp3t_server.keys import read_signing_key
from key_server import NOW, InnerServer, in_process
from tested_phones import TestedPhone, body_of


def run(*arguments: str, typed: str = "") -> str:
    """Run a command; return what it prints, or raise what it raised."""
    result = CliRunner().invoke(app, list(arguments), input=typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


async def beside(server: InnerServer, *arguments: str, typed: str = "") -> str:
    """Run a command on the data of a running server."""
    data = ("--data", str(server.data.path))
    return await asyncio.to_thread(run, *arguments, *data, typed=typed)


@pytest.mark.spec("AUTHORIZATION-8")
async def test_a_code_issued_inactive_is_good_once_it_is_activated(tmp_path: Path) -> None:
    async with in_process(tmp_path, clock=SystemClock()) as server:
        issued = json.loads(await beside(server, "codes", "issue", "--inactive", "--json"))
        code = UploadCode.parse(issued["codes"][0]["code"])
        tested = TestedPhone.of("gaen", now=server.clock.now())
        since = day_of(server.clock.now())
        body = body_of(code, tested.report(since=since))
        assert await server.send(body) == "unknown-code"
        first_day = day_to_date(since).isoformat()
        activate = ("codes", "activate", "--first-day", first_day)
        typed = code.display() + "\n"
        assert "active_until" in await beside(server, *activate, "--json", typed=typed)
        assert await server.send(body) == "accepted"
        with pytest.raises(PolicyError, match="spent"):
            await beside(server, *activate, typed=typed)


@pytest.mark.parametrize("typed", ["", "1234", "0123 4567 8901 2345 6789 69"])
async def test_what_is_no_code_is_refused_and_not_repeated(tmp_path: Path, typed: str) -> None:
    async with in_process(tmp_path, clock=SystemClock()) as server:
        with pytest.raises(MalformedError) as refusal:
            await beside(server, "codes", "activate", "--first-day", "2021-07-01", typed=typed)
    assert not typed or typed not in str(refusal.value)


async def test_more_than_one_code_is_refused_and_none_is_activated(tmp_path: Path) -> None:
    """Invalid: whoever pastes a list would take the second patient's code for activated."""
    first, second = (UploadCode.generate(rand=random_from_os).display() for _ in range(2))
    activate = ("codes", "activate", "--json", "--first-day", "2021-07-01")
    async with in_process(tmp_path, clock=SystemClock()) as server:
        with pytest.raises(MalformedError, match="more than one") as refusal:
            await beside(server, *activate, typed=f"{first}\n\n{second}\n")
        assert first not in str(refusal.value)
        async with server.parts.store.reading() as transaction:
            digest = UploadCode.parse(first).digest(server.parts.secrets.load().digest_key)
            assert await transaction.codes.rows([digest]) == {}
        assert "active_until" in await beside(server, *activate, typed=f"{first}\n\n \n")


@pytest.mark.parametrize(
    ("day", "fault"),
    [
        ("yesterday", "not a day"),
        ("2021-02-30", "not a day"),
        ("1969-12-31", "before 1970"),
        ("01/07/2021", "not a day"),
    ],
)
async def test_what_is_no_day_is_refused(tmp_path: Path, day: str, fault: str) -> None:
    code = UploadCode.generate(rand=random_from_os).display()
    async with in_process(tmp_path, clock=SystemClock()) as server:
        with pytest.raises(MalformedError, match=fault):
            await beside(server, "codes", "activate", "--first-day", day, typed=code)


@pytest.mark.parametrize(("language", "words"), [("en", "good until"), ("vi", "có hiệu lực đến")])
async def test_results_speak_both_languages(
    tmp_path: Path, language: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DP3T_LANG", language)
    code = UploadCode.generate(rand=random_from_os).display()
    async with in_process(tmp_path, clock=SystemClock()) as server:
        shown = await beside(server, "codes", "activate", "--first-day", "2021-07-01", typed=code)
    assert words in shown


@pytest.mark.spec("COMMITMENT-7", "COMMITMENT-10", "COMMITMENT-16")
async def test_from_the_test_to_the_upload_at_three_terminals(tmp_path: Path) -> None:
    """Authority: make a key, sign. Operator: configure, take. Patient: show, upload."""
    key, settings = tmp_path / "authority.json", tmp_path / "server.toml"
    entry = run("statements", "new-key", "--key", str(key))
    settings.write_text('authorizations = ["bound"]\n' + entry)
    assert read_signing_key(key).seed.hex() not in entry
    async with in_process(tmp_path, clock=SystemClock()) as server:
        now = server.clock.now()
        tested = TestedPhone.of("hybrid", now=now)
        secret = tested.committed()
        sign = ("statements", "sign", "--key", str(key), "--region", "VN", "--first-day")
        since = day_to_date(day_of(now)).isoformat()
        shown = secret.commitment().encode().hex()
        signed = run(*sign, since, typed=shown)
        take = ("statements", "take", "--config", str(settings), "--json")
        assert json.loads(await beside(server, *take, typed=signed))["days"] == 1
        report, openings = tested.bound(secret, since=day_of(now))
        assert await server.send(body_of(openings, report)) == "accepted"
        with pytest.raises(Dp3tError):
            await beside(server, "statements", "take", typed=signed)  # this one knows no authority


async def test_at_a_simulated_time_statements_are_made_for_that_time(tmp_path: Path) -> None:
    key, moment = tmp_path / "authority.json", ("--now", str(NOW))
    public = json.loads(run("statements", "new-key", "--key", str(key), "--json", *moment))
    authority = Authority.model_validate(
        {name: public[name] for name in ("public", "valid_from", "valid_until")}
    )
    shown = TestedPhone.of("gaen", now=NOW).committed().commitment().encode().hex()
    since = day_to_date(day_of(NOW)).isoformat()
    sign = ("statements", "sign", "--key", str(key), "--region", "VN", "--first-day", since)
    signed = run(*sign, *moment, typed=shown).strip()
    config = Config(authorities=(authority,))
    async with in_process(tmp_path, config=config) as server:
        status, answer = await server.ask("POST", "/v1/operator/statements", {"statement": signed})
    assert (status, answer["days"]) == (200, 1)


def test_a_key_that_cannot_be_written_is_named_as_the_person_named_it(tmp_path: Path) -> None:
    key = tmp_path / "none" / "authority.json"
    with pytest.raises(FileNotFoundError) as refusal:
        run("statements", "new-key", "--key", str(key))
    assert refusal.value.filename == str(key)


def test_a_key_is_private_and_never_overwritten(tmp_path: Path) -> None:
    key = tmp_path / "authority.json"
    shown = json.loads(run("statements", "new-key", "--key", str(key), "--json"))
    assert shown["public"] == read_signing_key(key).public().public.hex()
    assert key.stat().st_mode & 0o077 == 0
    with pytest.raises(PolicyError, match="not overwritten"):
        run("statements", "new-key", "--key", str(key))
    key.chmod(0o644)
    with pytest.raises(PolicyError, match="chmod 600"):
        read_signing_key(key)
    key.chmod(0o600)
    key.write_text('{"seed": "secret"}')
    with pytest.raises(MalformedError) as refusal:
        read_signing_key(key)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("typed", ["", "zz", "00" * 20, "01" + "00" * 40])
def test_what_is_no_commitment_is_not_signed(tmp_path: Path, typed: str) -> None:
    key = tmp_path / "authority.json"
    run("statements", "new-key", "--key", str(key))
    sign = ("statements", "sign", "--key", str(key), "--region", "VN", "--first-day")
    with pytest.raises(MalformedError):
        run(*sign, "2021-07-01", typed=typed)
