"""`dp3t arrivals` against the real server: from the declaration to the gate."""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from arrivals_terminal import DAY, DOCUMENT, LANDED, POINT
from declarations import FULL, NOW
from dp3t import Instant, TransportError, to_datetime
from dp3t.arrivals.sealing import Envelope
from dp3t.arrivals_client import ArrivalsClient
from dp3t.cli import arrivals
from dp3t.cli.arrivals.operator import Operator
from dp3t.cli.authority_key import make_key
from dp3t.cli.signing_key import make_signing_key
from dp3t_server.arrivals_keys import add_receipt_key, install
from dp3t_server.clock import SimulatedClock
from dp3t_server.config import Authority, Config
from dp3t_server.tables import withdrawn_receipts
from key_server import InnerServer, in_process
from presence_terminal import mode_of
from terminal import Terminal

SINCE = Instant(NOW - 2 * DAY)


@dataclass(slots=True)
class Desk:
    """Runs the program beside a server."""

    terminal: Terminal
    server: InnerServer
    folder: Path
    authority: str = ""

    def at(self, name: str) -> Path:
        return self.folder / name

    @property
    def trust(self) -> tuple[object, ...]:
        return ("--keys", self.at("keys"), "--authority", self.authority)

    @property
    def operator(self) -> tuple[object, ...]:
        return ("--server", self.server.url, "--token-file", self.at("token"))

    async def run(self, *arguments: object) -> tuple[int, str, str]:
        """Run a command while the server in this process answers it."""
        return await asyncio.to_thread(self.terminal.run, arrivals.app, *arguments, "--json")

    async def done(self, *arguments: object, status: int = 0) -> dict[str, Any]:
        code, out, err = await self.run(*arguments)
        assert (code, err) == (status, "")
        found: dict[str, Any] = json.loads(out)
        return found

    async def refused(self, *arguments: object) -> str:
        code, out, err = await self.run(*arguments)
        assert (code, out, err.count("\n")) == (2, "", 1)
        return err

    def declaring(self, name: str, *more: object) -> tuple[object, ...]:
        self.at("answers.json").write_text(json.dumps(FULL))
        return (
            *("declare", self.at("answers.json"), *self.trust, "--now", NOW),
            *("--server", self.server.url, "--withdrawal", self.at(name), *more),
        )

    async def receipt(self, name: str, *more: object) -> str:
        return str((await self.done(*self.declaring(name, *more)))["receipt"])

    async def gates(self, *names: str) -> None:
        await self.done("gate", "secret", self.at("secret"))
        for name in names:
            await self.done("gate", "create", self.at(name), "--name", name, "--point", POINT)

    async def admit(self, gate: str, receipt: str, *, status: int = 1) -> dict[str, Any]:
        return await self.done(
            *("gate", "admit", self.at(gate), receipt, "--document", DOCUMENT, *self.trust),
            *("--secret", self.at("secret"), "--now", LANDED),
            status=status,
        )

    async def sync(self, gate: str) -> dict[str, Any]:
        return await self.done(
            *("gate", "sync", self.at(gate), "--secret", self.at("secret"), *self.trust),
            *(*self.operator, "--now", LANDED),
        )


@pytest.fixture
async def desk(terminal: Terminal, tmp_path: Path) -> AsyncIterator[Desk]:
    """Return a server with the document of keys that an authority signed."""
    since = ("--from", SINCE)
    signer = make_signing_key(
        tmp_path / "authority.json", valid_from=SINCE, valid_until=Instant(SINCE + 400 * DAY)
    ).public()
    authority = Authority(
        public=signer.public.hex(),
        valid_from=to_datetime(signer.valid_from),
        valid_until=to_datetime(signer.valid_until),
    )
    config = Config(declarations=True, arrivals_authorities=(authority,))
    clock = SimulatedClock(NOW)
    async with in_process(tmp_path / "server", clock=clock, config=config) as server:
        desk = Desk(terminal, server, tmp_path, signer.public.hex())
        key = await add_receipt_key(server.parts, valid_from=SINCE, days=90, now=NOW)
        await desk.done(
            *("keys", "sign", "--number", 1, *since, "--days", 60),
            *("--border", make_key(desk.at("border.key"))),
            *("--province", f"{FULL['province']}={make_key(desk.at('province.key'))}"),
            *("--receipts", f"{key.public.hex()},{key.valid_from},{key.valid_until}"),
            *("--key", desk.at("authority.json"), "--out", desk.at("signed")),
        )
        await install(server.parts, desk.at("signed").read_bytes(), now=NOW)
        await desk.done(
            *("keys", "fetch", "--server", server.url, "--authority", desk.authority),
            *("--out", desk.at("keys")),
        )
        assert desk.at("keys").read_bytes() == desk.at("signed").read_bytes()
        desk.at("token").write_text(server.data.token.read_text())
        desk.at("token").chmod(0o600)
        yield desk


@pytest.mark.spec("TERMINAL-43", "TERMINAL-45", "TERMINAL-51", "SUBMISSION-1", "SUBMISSION-5")
async def test_a_declaration_is_handed_in_and_read_by_each_recipient_alone(desk: Desk) -> None:
    png = desk.at("receipt.png")
    made = await desk.done(*desk.declaring("one", "--png", png))
    assert made["receipt"].startswith("DP3T-ENTRY:1:")
    assert (mode_of(png), mode_of(desk.at("one"))) == (0o600, 0o600)
    for role in ("border", "province"):
        given = ("--private-key", desk.at(f"{role}.key"), "--role", role)
        opened = await desk.done("open", *given, *desk.operator)
        (found,) = opened["declarations"]
        assert (found["name"], found["problems"]) == (made["declaration"], [])
        assert ("document_number" in found["values"]) == (role == "border")


@pytest.mark.spec("TERMINAL-45", "TERMINAL-50", "GATE-9", "GATE-15")
async def test_what_is_corrected_or_withdrawn_is_refused_at_the_gate(desk: Desk) -> None:
    first = await desk.receipt("one")
    second = await desk.receipt("two", "--corrects", desk.at("one"))
    await desk.gates("GATE-1")
    assert (await desk.sync("GATE-1"))["withdrawn"] == 1
    assert (await desk.admit("GATE-1", first))["verdict"] == "withdrawn"
    name = json.loads(desk.at("two").read_text())["declaration"]
    to = ("--server", desk.server.url)
    assert await desk.done("withdraw", desk.at("two"), *to) == {"withdrawn": name}
    assert (await desk.admit("GATE-1", second, status=0))[
        "verdict"
    ] == "valid"  # it has not heard of it
    known = await desk.sync("GATE-1")
    assert (known["withdrawn"], known["withdrawn_as_of"] is None) == (2, False)
    assert (await desk.admit("GATE-1", second))["verdict"] == "withdrawn"


@pytest.mark.spec("TERMINAL-45", "SUBMISSION-3")
async def test_a_refusal_is_named_and_leaves_no_file_behind(desk: Desk) -> None:
    await desk.receipt("one")
    withdrawal = json.loads(desk.at("one").read_text())
    desk.at("wrong").write_text(json.dumps({**withdrawal, "secret": "00" * 32}))
    desk.at("wrong").chmod(0o600)
    said = await desk.refused(*desk.declaring("two", "--corrects", desk.at("wrong")))
    assert "unknown-declaration" in said
    assert not desk.at("two").exists()
    said = await desk.refused("withdraw", desk.at("wrong"), "--server", desk.server.url)
    assert "unknown-declaration" in said
    assert withdrawal["declaration"][:16] not in said


@pytest.mark.spec("TERMINAL-49", "TERMINAL-50", "GATE-3", "GATE-5")
async def test_a_second_gate_refuses_what_it_hears_of_through_the_server(desk: Desk) -> None:
    receipt = await desk.receipt("one")
    await desk.gates("GATE-1", "GATE-2", "GATE-3")
    assert (await desk.admit("GATE-1", receipt, status=0))["verdict"] == "valid"
    assert (await desk.sync("GATE-1"))["used"] == 1
    met = await desk.sync("GATE-2")
    assert (met["used"], met["refused"], met["conflicts"]) == (1, 0, [])
    refused = await desk.admit("GATE-2", receipt)
    assert (refused["verdict"], refused["uses"][0]["gate"]) == ("used", "GATE-1")
    assert (await desk.admit("GATE-3", receipt, status=0))[
        "verdict"
    ] == "valid"  # before it hears of it
    conflicts = (await desk.sync("GATE-3"))["conflicts"]
    assert [use["gate"] for use in conflicts[0]] == ["GATE-1", "GATE-3"]
    assert (await desk.sync("GATE-1"))["conflicts"] == conflicts


@pytest.mark.spec("TERMINAL-1", "TERMINAL-3")
async def test_a_token_that_is_wrong_is_named_and_not_shown(desk: Desk) -> None:
    await desk.gates("GATE-1")
    desk.at("token").write_text("f" * 64)
    given = ("--secret", desk.at("secret"), *desk.trust, *desk.operator)
    said = await desk.refused("gate", "sync", desk.at("GATE-1"), *given)
    assert "answered 401" in said
    assert "ffff" not in said


@pytest.mark.spec("TERMINAL-50", "GATE-5")
async def test_a_gate_learns_although_the_server_takes_none_of_its_marks(desk: Desk) -> None:
    one, two = [await desk.receipt(name) for name in ("one", "two")]
    await desk.gates("GATE-1", "GATE-2")
    await desk.admit("GATE-1", one, status=0)
    await desk.sync("GATE-1")
    await desk.admit("GATE-2", two, status=0)
    given = ("--secret", desk.at("secret"), *desk.trust, *desk.operator, "--now", LANDED)
    with pytest.MonkeyPatch.context() as full:
        full.setattr("dp3t_server.arrivals_marks.MAX_MARKS", 1)
        assert "room" in await desk.refused("gate", "sync", desk.at("GATE-2"), *given)
    assert (await desk.admit("GATE-2", one))["verdict"] == "used"
    assert (await desk.sync("GATE-2"))["used"] == 2
    assert (await desk.sync("GATE-1"))["used"] == 2


@pytest.mark.spec("TERMINAL-43", "RECIPIENTS-4")
async def test_a_newer_document_of_keys_is_not_replaced_by_the_servers(desk: Desk) -> None:
    shown = await desk.done("keys", "show", desk.at("keys"), "--authority", desk.authority)
    await desk.done(
        *("keys", "sign", "--number", 2, "--from", SINCE, "--days", 60),
        *("--border", shown["border"], "--receipts", shown["receipts"][0]),
        *(f"--province={code}={key}" for code, key in shown["provinces"].items()),
        *("--key", desk.at("authority.json"), "--out", desk.at("newer")),
    )
    newer = desk.at("newer").read_bytes()
    given = ("--server", desk.server.url, "--authority", desk.authority, "--out", desk.at("newer"))
    assert "replaced by 2" in await desk.refused("keys", "fetch", *given)
    assert desk.at("newer").read_bytes() == newer


@pytest.mark.spec("TERMINAL-41", "TERMINAL-45")
async def test_a_receipt_is_printed_although_its_picture_cannot_be_written(desk: Desk) -> None:
    picture = desk.at("holiday.jpg")
    picture.write_text("not to be replaced")
    code, out, err = await desk.run(*desk.declaring("one", "--png", picture))
    assert (code, err.count("\n")) == (2, 1)
    assert json.loads(out)["receipt"].startswith("DP3T-ENTRY:")
    assert picture.read_text() == "not to be replaced"
    assert desk.at("one").exists()


@pytest.mark.spec("TERMINAL-51")
async def test_all_pages_are_fetched_and_a_server_that_repeats_one_is_left(desk: Desk) -> None:
    for name in ("one", "two"):
        await desk.receipt(name)
    names = {json.loads(desk.at(each).read_text())["declaration"] for each in ("one", "two")}
    given = ("--private-key", desk.at("border.key"), "--role", "border", *desk.operator)
    with pytest.MonkeyPatch.context() as short:
        short.setattr("dp3t_server.parcels.PAGE", 1)
        opened = await desk.done("open", *given)
    assert {each["name"] for each in opened["declarations"]} == names
    assert opened["after"] is None
    sealed = b64encode(bytes(24_753)).decode()
    page = json.dumps({"declarations": [{"sealed": sealed}], "more": True}).encode()

    async def repeated(*_: object) -> bytes:
        return page

    with pytest.MonkeyPatch.context() as stuck:
        stuck.setattr(Operator, "page", repeated)
        opened = await desk.done("open", *given)
    assert (opened["declarations"], len(opened["refused"])) == ([], 1)


@pytest.mark.spec("TERMINAL-66")
async def test_a_declaration_without_an_answer_is_handed_in_again_as_it_was(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, sent = ArrivalsClient.declare, list[bytes]()

    async def declare(self: ArrivalsClient, envelope: Envelope, **more: Any) -> str:
        sent.append(envelope.encode())
        receipt = await honest(self, envelope, **more)
        if len(sent) == 1:
            raise TransportError("no answer came")
        return receipt

    monkeypatch.setattr(ArrivalsClient, "declare", declare)
    sending = desk.at("one.sending")
    said = await desk.refused(*desk.declaring("one"))
    assert f"{sending} keeps what was sealed, and the same command hands it in again" in said
    assert mode_of(sending) == 0o600
    again = desk.declaring("one")
    desk.at("answers.json").write_text(json.dumps({**FULL, "surname": "Changed"}))
    code, out, err = await desk.run(*again)
    made = json.loads(out)
    assert (code, made["receipt"][:13]) == (0, "DP3T-ENTRY:1:")
    assert f"{sending} keeps a declaration to which no answer came" in err
    assert f"--corrects {desk.at('one')}" in err
    assert sent[0] == sent[1]
    assert not sending.exists()
    opened = await desk.done(
        *("open", "--private-key", desk.at("border.key"), "--role", "border", *desk.operator)
    )
    assert [each["name"] for each in opened["declarations"]] == [made["declaration"]]
    assert await desk.done("withdraw", desk.at("one"), "--server", desk.server.url)


@pytest.mark.spec("TERMINAL-66", "TERMINAL-45")
async def test_a_correction_that_is_refused_the_second_time_leaves_what_withdraws_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first time it was kept, and by now the server has forgotten what it corrected."""
    await desk.receipt("one")
    honest = ArrivalsClient.declare

    async def unheard(self: ArrivalsClient, envelope: Envelope, **more: Any) -> str:
        await honest(self, envelope, **more)
        raise TransportError("no answer came")

    correcting = desk.declaring("two", "--corrects", desk.at("one"))
    with monkeypatch.context() as silent:
        silent.setattr(ArrivalsClient, "declare", unheard)
        assert "no answer came" in await desk.refused(*correcting)
    async with desk.server.parts.store.database.writing() as connection:
        await connection.execute(withdrawn_receipts.delete())
    for _ in range(2):
        code, out, err = await desk.run(*correcting)
        assert (code, out, "unknown-declaration" in err) == (2, "", True)
        assert f"dp3t arrivals withdraw {desk.at('two')}" in err
        assert desk.at("two").exists()
        assert desk.at("two.sending").exists()
    assert await desk.done("withdraw", desk.at("two"), "--server", desk.server.url)
