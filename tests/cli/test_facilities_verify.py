"""`dp3t facilities verify`: what an honest server shows stands, and every other thing is named."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from databases import sqlite_only
from dp3t import Instant
from dp3t.cli.facilities.verifying import Found, Trust, Verifying
from dp3t.cli.log.audit import log_entries
from dp3t.cli.log.site import opened
from dp3t.facilities import FacilityMap, LocalDay, State
from dp3t.publication import HEADER_BYTES
from dp3t.publication.transparency import CHECKPOINT_PATH, SignedCheckpoint
from dp3t_server.facility_pages import make_page
from facility_terminal import MAP, Acts, District, rows_of, sign_map, sign_page
from key_server import DAY, in_process
from server_facilities import FACILITIES_ON, enrolled, send
from spec.vectors.builders.facility_record import AUTHORITIES, SETTINGS
from terminal import Terminal

ATTESTED = 4
"""The number of the first attestation: settings, checklist and two enrolments come before."""


@pytest.fixture
async def district(terminal: Terminal, tmp_path: Path) -> AsyncIterator[District]:
    async with in_process(tmp_path / "server", config=FACILITIES_ON) as server:
        yield District(terminal, server, tmp_path)


@pytest.mark.spec("TERMINAL-67", "TERMINAL-2", "RECORD-13", "MAP-3")
async def test_an_honest_server_is_verified_now_later_and_from_a_folder(district: District) -> None:
    record = await district.lived()
    given = ("--server", district.server.url, "--view", district.at("view"))
    found = await district.verified(*given, "--save", district.at("saved"))
    assert found == {
        "acts": 9,
        "compared": True,
        "differences": [],
        "facilities": 2,
        "faults": [],
        "log_entries": found["log_entries"],
        "map_acts": 9,
        "map_made": "2021-07-06T10:30:00Z",
        "pages": 2,
        "region": "VN-26",
        "verified": True,
    }
    assert (await district.verified("--from", district.at("saved")))["verified"]
    await send(district.server, record.attest("tran-phu", district.now))
    await district.redrawn()
    found = await district.verified(*given, status=1)  # the act is in no page yet
    what = "the map: it shows 10 acts, and the pages hold 9"
    assert found["faults"] == [{"page": None, "act": None, "what": what}]
    assert await make_page(district.server.parts, now=district.now)
    assert (await district.verified(*given))["acts"] == 10
    assert json.loads(district.at("view").read_text())["acts"] == 10
    status, out, err = await district.run(
        *("verify", *given, *district.trust, "--now", district.now)
    )
    assert (status, err, "the map shows what the record gives" in " ".join(out.split())) == (
        0,
        "",
        True,
    )


def altered(acts: Acts) -> Acts:
    received, signed = acts[ATTESTED]
    changed = signed.replace(b'"task":"air"', b'"task":"aid"', 1)
    return (*acts[:ATTESTED], (received, changed), *acts[ATTESTED + 1 :])


def without(place: int) -> Any:
    return lambda acts: (*acts[:place], *acts[place + 1 :])


@pytest.mark.spec("TERMINAL-67")
async def test_the_page_of_what_the_map_shows_is_waited_for(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = import_module("dp3t.cli.facilities.verify")
    monkeypatch.setattr(module, "_PAUSE_SECONDS", 0.1)
    record = await district.lived()
    await send(district.server, record.attest("tran-phu", district.now))

    async def page() -> None:
        await asyncio.sleep(0.5)
        assert await make_page(district.server.parts, now=district.now)

    verified = district.verified("--server", district.server.url, "--wait", 30)
    found, _ = await asyncio.gather(verified, page())
    assert (found["verified"], found["pages"], found["acts"]) == (True, 3, 10)


@pytest.mark.spec("TERMINAL-68", "TERMINAL-67")
async def test_what_is_altered_or_removed_is_named(district: District) -> None:
    await district.lived()
    saved, key, copies = district.at("saved"), district.key(), 0
    await district.verified("--server", district.server.url, "--save", saved)

    async def faults(change: Any) -> dict[str, Any]:
        nonlocal copies
        copies += 1
        folder = shutil.copytree(saved, district.at(f"copy-{copies}"))
        change(folder)
        found = await district.verified("--from", folder, status=1)
        return {**found, "faults": [tuple(each.values()) for each in found["faults"]]}

    found = await faults(lambda folder: sign_page(folder, 0, key, altered))
    assert (0, None, "the log holds another") in found["faults"]
    named = [each for each in found["faults"] if each[1] is not None]
    assert [each[:2] for each in named] == [(0, ATTESTED)]
    assert "attestation of le-loi, number 0 of its chain" in named[0][2]
    assert "wrong-key" in named[0][2]
    assert not found["compared"]

    def flip(folder: Path) -> None:
        path = folder / "v1/facilities/pages/1"
        data = bytearray(path.read_bytes())
        data[-40] ^= 1
        path.write_bytes(data)

    assert all(each[0] == 1 for each in (await faults(flip))["faults"])

    def cut(folder: Path) -> None:
        path = folder / "v1/facilities/pages/0"
        path.write_bytes(path.read_bytes()[:-1])

    found = await faults(cut)
    assert {each[:2] for each in found["faults"]} == {(0, None)}  # and not the page after it

    found = await faults(lambda folder: sign_page(folder, 0, key, without(ATTESTED)))
    named = [each for each in found["faults"] if each[1] is not None]
    assert [each[:2] for each in named] == [(1, 7)]  # the next act of its chain does not follow
    assert "attestation of le-loi, number 1 of its chain" in named[0][2]
    assert (0, None, "the log holds another") in found["faults"]
    assert (1, None, "it begins with act 8, not 7") in found["faults"]

    for number in (0, 1):
        path = f"v1/facilities/pages/{number}"
        gone = await faults(lambda folder, path=path: (folder / path).unlink())
        assert [each[:2] for each in gone["faults"]] == [(number, None)]
        assert "missing" in gone["faults"][0][2]

    def gone_and_altered(folder: Path) -> None:
        (folder / "v1/facilities/pages/0").unlink()
        flip(folder)

    said = (await faults(gone_and_altered))["faults"]
    assert [each[:2] for each in said] == [(0, None), (1, None)]
    assert said[1][2] == "the log holds another"


@pytest.mark.spec("TERMINAL-68")
async def test_a_map_that_lies_about_one_facility_or_hides_an_act_is_named(
    district: District,
) -> None:
    await district.lived()
    saved, key = district.at("saved"), district.key()
    await district.verified("--server", district.server.url, "--save", saved)
    rows = rows_of(saved)
    assert [row.state for row in rows] == ["safe", "contested"]
    sign_map(saved, key, rows=(rows[0], replace(rows[1], state=State.SAFE)))
    found = await district.verified("--from", saved, status=1)
    assert found["differences"] == [{"facility": "tran-phu", "shown": "safe", "found": "contested"}]
    _, out, _ = await district.run("verify", *district.trust, "--from", saved)
    assert "tran-phu: the map shows safe, the record gives contested" in out
    sign_map(saved, key, rows=rows[:1])
    (missing,) = (await district.verified("--from", saved, status=1))["differences"]
    assert missing == {"facility": "tran-phu", "shown": None, "found": "contested"}
    sign_map(saved, key, rows=rows, day=LocalDay(1))
    (other_day,) = (await district.verified("--from", saved, status=1))["faults"]
    assert "another local day" in other_day["what"]
    sign_map(saved, key, day=SETTINGS.day_of_place(district.now))
    late = replace(rows[0], state=State.OVERDUE, late=False)
    sign_map(saved, key, acts=8, made=Instant(district.now + 5), rows=(late, rows[1]))
    found = await district.verified("--from", saved, status=1)
    assert (found["differences"], found["acts"]) == ([], 9)
    assert [(each["page"], each["act"]) for each in found["faults"]] == [(1, 8)]
    assert "the map does not count it" in found["faults"][0]["what"]


@pytest.mark.spec("TERMINAL-68", "TOKENS-14")
async def test_a_list_of_token_keys_that_is_not_logged_and_an_old_map_are_named(
    district: District,
) -> None:
    await district.lived()
    saved = district.at("saved")
    await district.verified("--server", district.server.url, "--save", saved)
    note = SignedCheckpoint.parse((saved / "v1/log" / CHECKPOINT_PATH).read_bytes())
    async with opened(str(saved)) as site:
        entries = await log_entries(site, note)
    shown = FacilityMap.decode((saved / MAP).read_bytes()[HEADER_BYTES:])

    def verified(**changes: Any) -> list[Found]:
        given: dict[str, Any] = {"folder": saved, "entries": entries, "asked": None} | changes
        trust = Trust(authorities=AUTHORITIES, servers=district.server.trusted())
        run = Verifying(missing=frozenset(), shown=shown, trust=trust, **given)
        return run.run().faults

    assert verified() == []
    unlogged = [each for each in entries if each.kind != "token-keys"]
    what = "the log does not hold this list of token keys"
    assert verified(entries=unlogged) == [(0, 6, what)]
    (old,) = verified(asked=Instant(district.now + 2 * DAY))
    assert "too old" in old[2]
    assert verified(asked=Instant(district.now + 60)) == []


@sqlite_only
@pytest.mark.spec("TERMINAL-69")
async def test_a_record_that_was_rewritten_since_the_last_run_is_named(
    terminal: Terminal, tmp_path: Path
) -> None:
    folders = tmp_path / "one", tmp_path / "other"
    async with in_process(folders[0], config=FACILITIES_ON):
        pass
    shutil.copytree(folders[0], folders[1])  # one server, which goes on in two ways
    view = tmp_path / "view"
    async with in_process(folders[0], config=FACILITIES_ON) as server:
        district = District(terminal, server, tmp_path)
        await district.lived()
        await district.verified("--server", server.url, "--view", view)
    before = view.read_bytes()
    async with in_process(folders[1], config=FACILITIES_ON) as server:
        forked = District(terminal, server, tmp_path, district.log_key)
        record = await enrolled(server, "le-loi")
        await send(server, record.attest("le-loi", forked.now))
        assert await make_page(server.parts, now=forked.now)
        assert (await forked.verified("--server", server.url))["verified"]
        found = await forked.verified("--server", server.url, "--view", view, status=1)
    said = [tuple(each.values()) for each in found["faults"]]
    assert (0, None, "it is another than was seen before") in said
    assert (1, None, "it was seen before, and is gone") in said
    assert any(what.startswith("the log: ") for _, _, what in said)
    assert view.read_bytes() == before


@pytest.mark.spec("TERMINAL-1")
async def test_what_cannot_be_verified_ends_in_one_line(district: District) -> None:
    await district.lived()
    url = district.server.url
    trust = district.trust
    now = ("--now", district.now)
    assert "give --server" in await district.refused("verify", *trust)
    assert "give --server" in await district.refused(
        "verify", *trust, "--server", url, "--from", "."
    )
    strange = ("--authority", "00", "--log-key", district.log_key, "--public-key", "11" * 32)
    assert "--authority" in await district.refused("verify", *strange, "--server", url)
    others = ("--authority", "11" * 32, "--log-key", district.log_key, "--public-key", "11" * 32)
    assert "key" in await district.refused("verify", *others, "--server", url, *now)
    district.at("view").write_text("{}")
    assert "holds no view" in await district.refused(
        "verify", *trust, "--server", url, "--view", district.at("view")
    )
    missing = await district.refused("verify", *trust, "--from", district.at("none"))
    assert "No such file" in missing
