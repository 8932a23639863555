"""`dp3t facilities` for the authority: it settles, publishes, enrols and decides."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dp3t.cli.facilities.key_file import read_facility_key
from dp3t.errors import MalformedError, PolicyError
from dp3t_server.facility_pages import make_page
from facility_terminal import LE_LOI, TRAN_PHU, District
from key_server import DAY, in_process
from presence_terminal import mode_of
from server_facilities import FACILITIES_ON
from spec.vectors.builders.facility_record import key_of
from terminal import Terminal


@pytest.fixture
async def district(terminal: Terminal, tmp_path: Path) -> AsyncIterator[District]:
    async with in_process(tmp_path / "server", config=FACILITIES_ON) as server:
        district = District(terminal, server, tmp_path)
        district.prepare()
        yield district


async def place(district: District, name: str) -> dict[str, Any]:
    status, found = await district.server.ask("GET", f"/v1/facilities/places/{name}")
    assert status == 200
    return found


@pytest.mark.spec("TERMINAL-70", "FACILITY-9")
async def test_good_rows_are_enrolled_with_a_key_each_and_bad_ones_are_reported(
    district: District,
) -> None:
    await district.settle()
    bad = "Bad Id,school,,2 Trần Phú,96,107.60,19789,1111110,"
    table = district.table(LE_LOI, bad, TRAN_PHU + key_of("tran-phu").public().public.hex())
    enrol = ("enrol", table, "--keys", district.at("keys"), *district.official)
    strict = await district.done(*enrol, "--strict", status=1)
    assert (strict["enrolled"], district.at("keys").exists()) == ([], False)
    found = await district.done(*enrol, status=1)
    assert (found["enrolled"], found["skipped"]) == (["le-loi", "tran-phu"], [])
    assert [(each["line"], each["column"], each["code"]) for each in found["faults"]] == [
        (3, "id", "id"),
        (3, "name", "empty"),
        (3, "latitude", "range"),
    ]
    (file,) = map(Path, found["keys"])
    key, whose = read_facility_key(file)
    assert (whose, mode_of(file), file.name) == ("le-loi", 0o600, "le-loi.json")
    assert len((await place(district, "le-loi"))["acts"]) == 1
    await district.redrawn()

    again = await district.done(*enrol, status=1)
    assert (again["enrolled"], again["skipped"]) == ([], ["le-loi", "tran-phu"])
    moved = LE_LOI.replace("1 Lê Lợi", "9 Lê Lợi")
    table = district.table(moved)
    changed = await district.done(*enrol)
    assert (changed["enrolled"], changed["faults"], changed["keys"]) == (["le-loi"], [], [])
    assert (await place(district, "le-loi"))["facility"]["address"] == "9 Lê Lợi"
    assert read_facility_key(file)[0] == key
    status, out, err = await district.run(*enrol)
    assert (status, err, "Enrolled: 0. Enrolled alike before: 1. Faults: 0." in out) == (
        0,
        "",
        True,
    )
    assert await make_page(district.server.parts, now=district.now)
    district.log_key = (await district.server.index()).log_key
    assert (await district.verified("--server", district.server.url))["verified"]


@pytest.mark.spec("TERMINAL-70", "TERMINAL-1")
async def test_what_cannot_be_enrolled_ends_in_one_line(district: District) -> None:
    table = district.table(LE_LOI)
    enrol = ("enrol", table, *district.official)
    assert "--keys" in await district.refused(*enrol)
    keyed = (*enrol, "--keys", district.at("keys"))
    assert "no settings" in await district.refused(*keyed)
    await district.settle()
    others = district.at("keys")
    others.mkdir()
    (others / "le-loi.json").write_text(
        json.dumps({"facility": "tran-phu", "seed": "00" * 32, "valid_from": 0, "valid_until": 9})
    )
    (others / "le-loi.json").chmod(0o600)
    assert "the key of tran-phu" in await district.refused(*keyed)
    district.at("authority.json").write_text(
        json.dumps({"seed": "11" * 32, "valid_from": 0, "valid_until": 2**32 - 1})
    )
    (others / "le-loi.json").unlink()
    said = await district.refused(*keyed)
    assert "line 2, le-loi: the act is refused: wrong-key" in said
    assert "11" * 32 not in said


@pytest.mark.spec("TERMINAL-71")
async def test_the_authority_closes_strikes_and_opens(district: District) -> None:
    await district.settle()
    table = district.table(LE_LOI)
    await district.done("enrol", table, "--keys", district.at("keys"), *district.official)

    async def state() -> str:
        return str((await place(district, "le-loi"))["state"])

    closed = await district.done("close", "le-loi", "--reason", "Ngập lụt", *district.official)
    assert closed["received"] == "2021-07-05T10:30:00Z"
    assert await state() == "closed"
    acts = (await place(district, "le-loi"))["acts"]
    assert acts[-1]["words"]["text"] == "Ngập lụt"
    struck = ("strike", closed["act"], "--reason", "it names a person")
    assert (await district.done(*struck, *district.official))["number"] == closed["number"] + 1
    assert [each["struck"] for each in (await place(district, "le-loi"))["acts"]][1] is True
    await district.done("open", "le-loi", *district.official)
    assert await state() == "overdue"
    day = ("--from", "2021-07-06", "--until", "2021-07-07")
    await district.done("close", "le-loi", *day, *district.official)
    assert await state() == "overdue"


@pytest.mark.spec("TERMINAL-71", "TERMINAL-1")
async def test_wrong_words_of_the_authority_end_in_one_line(district: District) -> None:
    await district.settle()
    official = district.official
    names = ("--name-vi", "Sở", "--name-en", "Department")
    for arguments, said in (
        (("settings", *names, "--deadline", "10"), "--deadline"),
        (("settings", *names, "--deadline", "10:75"), "--deadline"),
        (("settings", *names, "--deadline", "25:00"), "deadline_minutes"),
        (("settings", *names, "--late-days", "15"), "late_days"),
        (("close", "nobody"), "unknown-facility"),
        (("close", "nobody", "--from", "today"), "--from"),
        (("close", "nobody", "--reason", "a\tb"), "nobody sees"),
        (("open", "NO"), "facility"),
        (("resolve", "12", "--verdict", "upheld"), "OBJECTION"),
        (("resolve", "12" * 32, "--verdict", "upheld"), "unknown-objection"),
        (("strike", "12" * 32, "--reason", "x"), "unknown-act"),
    ):
        assert said in await district.refused(*arguments, *official), arguments
    district.at("token").write_text("another")
    assert "401" in await district.refused("open", "le-loi", *official)


@pytest.mark.spec("TERMINAL-72", "CHECKLIST-4")
async def test_a_list_is_shown_changed_and_published_under_the_next_number(
    district: District,
) -> None:
    shown = await district.done("checklist", "show", "school")
    assert (shown["facility_kind"], shown["checklist"]) == ("school", 1)
    _, out, _ = await district.run("checklist", "show", "school")
    assert shown["tasks"][0]["id"] in out
    await district.settle()
    await district.done("checklist", "publish", "school", *district.official)
    shown |= {"checklist": 5, "valid_from": 1}
    district.at("list.json").write_text(json.dumps({**shown, "tasks": shown["tasks"][:1]}))
    publish = ("checklist", "publish", district.at("list.json"), "--from", "2021-07-07")
    await district.done(*publish, *district.official)

    async def number() -> int:
        _, settings = await district.server.ask("GET", "/v1/facilities/settings")
        (current,) = settings["checklists"]
        assert len(current["tasks"]) == (1 if current["checklist"] == 5 else len(shown["tasks"]))
        return int(current["checklist"])

    numbers = [await number()]
    for _ in range(2):
        district.move(DAY)
        numbers.append(await number())
    assert numbers == [1, 2, 5]
    district.at("list.json").write_text("{}")
    assert "list.json" in await district.refused("checklist", "show", district.at("list.json"))
    assert "No such file" in await district.refused("checklist", "show", "bakery")


def test_a_key_file_is_of_one_facility(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(json.dumps({"seed": "22" * 32, "valid_from": 0, "valid_until": 9}))
    file.chmod(0o600)
    assert read_facility_key(file, "le-loi")[1] == "le-loi"
    with pytest.raises(PolicyError, match="--facility"):
        read_facility_key(file)
    for facility in (7, "NO"):
        said = {"facility": facility, "seed": "22" * 32, "valid_from": 0, "valid_until": 9}
        file.write_text(json.dumps(said))
        with pytest.raises(MalformedError):
            read_facility_key(file)
