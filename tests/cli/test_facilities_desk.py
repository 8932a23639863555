"""`dp3t facilities` for a facility, a citizen and whoever looks: a day from morning to verdict."""

import json
from base64 import b64decode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dp3t.cli.token_file import TokenFile
from dp3t.errors import TransportError
from dp3t.facilities import Attestation, Objection, presence_key, read_act
from dp3t.facilities_client import FacilitiesClient
from dp3t.presence.proof import presence_proof_seed
from dp3t.primitives import sha256
from dp3t_server.facility_pages import make_page
from facility_terminal import LE_LOI, TRAN_PHU, District
from key_server import DAY, in_process
from presence_terminal import mode_of
from server_facilities import FACILITIES_ON
from spec.vectors.builders.facility_record import AUTHORITY, SETTINGS
from terminal import Terminal
from venues import Place

TODAY = "2021-07-05"
AUTHORITY_KEY = ("--authority", AUTHORITY.public().public.hex())


@pytest.fixture
async def district(terminal: Terminal, tmp_path: Path) -> AsyncIterator[District]:
    async with in_process(tmp_path / "server", config=FACILITIES_ON) as server:
        district = District(terminal, server, tmp_path)
        district.prepare()
        await district.enrol(LE_LOI, TRAN_PHU)
        yield district


async def last_act(district: District, name: str = "le-loi") -> dict[str, Any]:
    _, place = await district.server.ask("GET", f"/v1/facilities/places/{name}")
    found: dict[str, Any] = place["acts"][-1]
    return found


async def state(district: District, name: str = "le-loi") -> str:
    _, place = await district.server.ask("GET", f"/v1/facilities/places/{name}")
    return str(place["state"])


@pytest.mark.spec("TERMINAL-75", "ATTESTATION-1")
async def test_a_day_is_attested_in_parts_and_what_was_done_stays_done(district: District) -> None:
    _, place = await district.server.ask("GET", "/v1/facilities/places/le-loi")
    daily = [each["id"] for each in place["tasks"] if each["period_days"] == 1]
    first, second, third = daily[:3]
    picture = district.at("picture")
    picture.write_bytes(b"a picture")
    found = await district.done(
        *("attest", "--done", f"{first}, {second}", "--absent", third, "--note", "Thiếu nước"),
        *("--photo", picture, *district.desk()),
    )
    assert (found["facility"], found["day"], found["closed"]) == ("le-loi", TODAY, False)
    assert (found["done"], found["absent"]) == (sorted((first, second)), [third])
    assert found["photos"] == [sha256(b"a picture").hex()]
    shown = await last_act(district)
    assert (shown["words"]["text"], found["number"]) == ("Thiếu nước", shown["number"])
    district.move(60)
    whole = await district.done("attest", "--all", *district.desk())
    assert set(daily) <= set(whole["done"])
    act, _ = read_act(b64decode((await last_act(district))["act"]))
    assert isinstance(act, Attestation)
    assert act.corrects.hex() == found["act"]
    assert {each.task: act.head.made - each.at for each in act.done}[first] == 60
    assert {each.task: act.head.made - each.at for each in act.done}[third] == 0
    assert await state(district) == "safe"
    alone = await district.done("attest", "--done", first, "--instead", *district.desk())
    assert alone["done"] == [first]
    shut = await district.done("attest", "--closed", *district.desk())
    assert (shut["closed"], shut["done"]) == (True, [])
    status, out, err = await district.run("attest", "--all", *district.desk())
    assert (status, err, f"le-loi, {TODAY}: " in out) == (0, "", True)
    district.move(DAY)
    late = await district.done("attest", "--all", "--day", TODAY, *district.desk("tran-phu"))
    assert (late["day"], late["done"]) == (TODAY, sorted(daily))


@pytest.mark.spec("TERMINAL-75", "TERMINAL-76", "TERMINAL-1", "TERMINAL-3")
async def test_what_a_facility_cannot_say_ends_in_one_line(district: District) -> None:
    for arguments, said in (
        (("attest",), "say what was done"),
        (("attest", "--done", "flying"), "no task 'flying'"),
        (("attest", "--all", "--day", "2021-07-01"), "no checklist"),
        (("attest", "--all", "--day", "2021-07-06"), "early"),
        (("attest", "--all", "--photo", "nothing"), "No such file"),
        (("attest", "--all", "--note", ""), "empty"),
        (("attest", "--all", "--facility", "tran-phu"), "the key of le-loi"),
        (("answer", "00", "--words", "x"), "OBJECTION"),
        (("answer", "00" * 32, "--words", "x"), "unknown-objection"),
    ):
        assert said in await district.refused(*arguments, *district.desk()), arguments
    file = district.at("keys") / "le-loi.json"
    seed = json.loads(file.read_text())["seed"]
    file.write_text(json.dumps({**json.loads(file.read_text()), "seed": "11" * 32}))
    said = await district.refused("attest", "--all", *district.desk())
    assert "wrong-key" in said
    assert seed not in said
    file.chmod(0o644)
    assert "others can read" in await district.refused("attest", "--all", *district.desk())


@pytest.mark.spec("TERMINAL-76")
async def test_a_facility_goes_on_under_a_key_that_only_it_has(district: District) -> None:
    new = district.at("new.json")
    rekey = ("rekey", "--new", new, *district.desk())
    first = await district.done(*rekey)
    assert mode_of(new) == 0o600
    assert await district.done(*rekey) == first  # the answer was lost
    assert "wrong-key" in await district.refused("attest", "--all", *district.desk())
    keyed = ("--key", new, *district.at_server)
    assert (await district.done("attest", "--all", *keyed))["facility"] == "le-loi"
    await district.redrawn()
    table = district.table(LE_LOI.replace("1 Lê Lợi", "9 Lê Lợi"))
    await district.done("enrol", table, *("--keys", district.at("keys")), *district.official)
    assert (await district.done("attest", "--closed", *keyed))["closed"]


@pytest.mark.spec("TERMINAL-78", "TERMINAL-79", "TERMINAL-71", "OBJECTION-10")
async def test_a_citizen_objects_the_facility_answers_and_the_authority_decides(
    district: District,
) -> None:
    await district.done("attest", "--all", *district.desk())
    tokens = await district.tokens()
    _, place = await district.server.ask("GET", "/v1/facilities/places/le-loi")
    task = place["tasks"][0]["id"]
    objecting = ("object", "le-loi", "--tokens", tokens, *district.at_server)
    assert "no task 'flying'" in await district.refused(*objecting, "--task", "flying")
    sent = await district.done(*objecting, "--task", task, "--words", "Không có xà phòng")
    assert await state(district) == "contested"
    assert not tokens.with_name("tokens.sending").exists()
    assert "taken already" in await district.refused(*objecting)
    again = ("object", "tran-phu", "--tokens", tokens, *district.at_server)
    assert "taken already" in await district.refused(*again)

    await district.done("answer", sent["act"], "--words", "Đã bổ sung", *district.desk())
    shown = await district.done("status", "le-loi", *AUTHORITY_KEY, *district.at_server)
    (objection,) = shown["objections"]
    assert objection == {
        "answers": ["Đã bổ sung"],
        "day": TODAY,
        "digest": sent["act"],
        "received": "2021-07-05T10:30:00Z",
        "task": task,
        "verdict": None,
        "words": "Không có xà phòng",
    }
    decided = ("resolve", sent["act"], "--verdict", "upheld", "--reason", "Đúng như phản ánh")
    await district.done(*decided, *district.official)
    shown = await district.done("status", "le-loi", *AUTHORITY_KEY, *district.at_server)
    assert shown["objections"][0]["verdict"] == "upheld"
    assert [each["state"] for each in shown["days"]][-1] == "unsafe"
    assert (len(shown["days"]), shown["days"][-1]["day"]) == (42, TODAY)
    done_today = {each["id"]: each["last_done"] for each in shown["tasks"]}
    assert done_today[task] == TODAY
    _, out, _ = await district.run("status", "le-loi", *AUTHORITY_KEY, *district.at_server)
    assert "✗" in out
    assert "Không có xà phòng" in out
    assert await make_page(district.server.parts, now=district.now)
    await district.redrawn()
    district.log_key = (await district.server.index()).log_key
    assert (await district.verified("--server", district.server.url))["verified"]


@pytest.mark.spec("TERMINAL-77")
async def test_an_objection_without_an_answer_is_handed_in_again_as_it_was(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = await district.tokens()
    held = TokenFile.read(tokens).book
    assert len(held.tokens) == 7
    objecting = ("object", "le-loi", "--tokens", tokens, *district.at_server)
    send = FacilitiesClient.send_objection

    async def lost(*arguments: Any) -> Any:
        await send(*arguments)
        raise TransportError("no answer from the server")

    with monkeypatch.context() as patch:
        patch.setattr(FacilitiesClient, "send_objection", lost)
        assert "no answer" in await district.refused(*objecting, "--words", "Bẩn")
    sending = tokens.with_name("tokens.sending")
    assert mode_of(sending) == 0o600
    assert len(TokenFile.read(tokens).book.tokens) == 6
    other = ("object", "tran-phu", "--tokens", tokens, *district.at_server)
    assert "to le-loi had no answer" in await district.refused(*other)
    district.move(60)
    status, out, err = await district.run(*objecting, "--json")
    assert (status, "as it was" in err) == (0, True)
    shown = await last_act(district)
    assert json.loads(out)["number"] == shown["number"]
    assert (shown["words"]["text"], sending.exists()) == ("Bẩn", False)
    district.at("tokens.sending").write_bytes(b"?")
    sending.chmod(0o600)
    assert "tokens.sending" in await district.refused(*objecting)


@pytest.mark.spec("TERMINAL-75", "TERMINAL-78", "OBJECTION-8", "PROOF-2")
async def test_who_has_scanned_the_code_of_the_day_proves_it(district: District) -> None:
    entry = Place.named("Trường Lê Lợi").entry
    link = entry.link()
    await district.done("attest", "--all", "--entry", link, *district.desk())
    act, _ = read_act(b64decode((await last_act(district))["act"]))
    assert isinstance(act, Attestation)
    today = SETTINGS.day_of_place(district.now)
    assert act.presence == presence_key(presence_proof_seed(entry, today))
    tokens = await district.tokens()
    await district.done(
        "object", "le-loi", "--tokens", tokens, "--entry", link, *district.at_server
    )
    objection = Objection.read(b64decode((await last_act(district))["act"]))
    objection.require_presence(act.presence)


@pytest.mark.spec("TERMINAL-79", "TERMINAL-1")
async def test_the_map_is_a_table_that_can_be_filtered(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    await district.done("attest", "--all", *district.desk())
    await district.redrawn()
    key = next(iter(district.server.trusted())).public.hex()
    asked = ("status", "--public-key", key, *district.at_server)
    found = await district.done(*asked)
    assert [each["facility"] for each in found["facilities"]] == ["le-loi", "tran-phu"]
    assert (found["counts"]["safe"], found["counts"]["overdue"]) == (1, 1)
    assert (found["region"], found["day"]) == ("VN-26", TODAY)
    for option, value, names in (
        ("--state", "safe", ["le-loi"]),
        ("--kind", "clinic", []),
        ("--commune", "19789", ["le-loi", "tran-phu"]),
    ):
        rows = (await district.done(*asked, option, value))["facilities"]
        assert [each["facility"] for each in rows] == names
    _, out, _ = await district.run(*asked)
    assert "● safe" in out
    with monkeypatch.context() as patch:
        patch.setenv("DP3T_LANG", "vi")
        assert "quá hạn: 1" in " ".join((await district.run(*asked))[1].split())
    assert "Trường Lê Lợi" in out
    assert "--public-key" in await district.refused("status", *district.at_server)
    assert "--authority" in await district.refused("status", "le-loi", *district.at_server)
    others = ("--authority", "11" * 32)
    said = await district.refused("status", "le-loi", *others, *district.at_server)
    assert "act 2 about le-loi" in said
