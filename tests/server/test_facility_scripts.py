"""What the pages of facilities believe: signed maps, records, words, proofs of presence."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from dp3t.canonical_json import encode_json
from dp3t.facilities import Words
from dp3t.facilities.act import act_digest
from dp3t.facilities.authority_acts import Resolution, Verdict
from dp3t.facilities.facility_acts import Answer
from dp3t.facilities.objection import objection_key_of
from dp3t.facilities.presence_proof import presence_key
from dp3t.primitives import sha256
from map_scripts import run_scripts
from spec.vectors.builders.facility_record import (
    AUTHORITY,
    REGION,
    SERVER,
    TODAY,
    Record,
    at,
    key_of,
    objection,
)

NAME = "le-loi"
ROW = {
    "facility": NAME,
    "facility_kind": "school",
    "name": "Trường Lê Lợi",
    "address": "1 Lê Lợi",
    "latitude": 16_460_000,
    "longitude": 107_590_000,
    "commune": "19789",
    "state": "safe",
    "late": False,
    "objections": 0,
}
OPEN_RECORD = """
import { attestationOf, objectionsOf, openRecord, presenceOf } from "./facility_record.js";
import { keysOf } from "./facility_files.js";
const authorities = keysOf(given.authorities);
const brief = ({ answers, resolutions, verdict }) => [answers.length, resolutions.length, verdict];
const said = [];
for (const { acts, expected } of given.cases) {
  const { lines, whole } = await openRecord(acts, { ...expected, authorities });
  const objections = objectionsOf(lines);
  const good = objections.filter(({ line }) => !line.fault);
  said.push({
    whole,
    faults: lines.map(({ fault }) => fault),
    words: lines.map(({ words }) => words),
    without: lines.map(({ withoutWords }) => withoutWords),
    day: attestationOf(lines, given.today)?.act.number ?? -1,
    objections: objections.map(brief),
    presence: await Promise.all(good.map(({ line }) => presenceOf(line, lines))),
  });
}
console.log(JSON.stringify(said));"""


def listed(record: Record, words: tuple[Words, ...] = ()) -> list[dict[str, Any]]:
    """Return the acts of a record as the server lists those of a facility."""
    said = {each.commitment().hex(): each.to_json() for each in words}
    acts = [
        (moment, signed, json.loads(signed[72:]) if signed[72:73] == b"{" else {})
        for moment, signed in record.acts
    ]
    return [
        {
            "number": number,
            "received": moment,
            "act": base64.b64encode(signed).decode(),
            "words": said.get(act.get("words", "")),
            "struck": False,
        }
        for number, (moment, signed, act) in enumerate(acts)
        if act.get("facility") == NAME or {"objection", "act"} & act.keys()
    ]


def case(record: Record, acts: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    """Return acts as the server lists them, and what the page expects of them."""
    end = record.ends[NAME]
    expected = {
        "facility": NAME,
        "region": REGION,
        "end": {"number": end.number, "previous": end.previous.hex()},
        "since": 0,
    }
    return {"acts": acts, "expected": expected | changes}


def opened(folder: Path, *cases: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the page makes of each case."""
    keys = [AUTHORITY.public().public.hex()]
    given = {"cases": cases, "authorities": keys, "today": TODAY}
    return list(run_scripts(folder, OPEN_RECORD, given))


def school(*, hour: float = 8) -> Record:
    """Return a record of a school that changed its key and attested two days, first at `hour`."""
    record = Record()
    record.settle(at(-9, 8))
    record.publish(at(-9, 8))
    record.enrol(NAME, at(-9, 9), first_day=TODAY - 9)
    record.rekey(NAME, at(-8, 9), key_of("another"))
    record.attest(NAME, at(-1, hour))
    record.attest(NAME, at(0, 8))
    return record


def altered(act: dict[str, Any], place: int) -> dict[str, Any]:
    signed = bytearray(base64.b64decode(act["act"]))
    signed[place] ^= 1
    return {**act, "act": base64.b64encode(signed).decode()}


@pytest.mark.spec("MAP-PAGE-17", "MAP-PAGE-18", "MAP-PAGE-19")
def test_a_record_that_nobody_touched_verifies_and_one_that_was_is_marked(tmp_path: Path) -> None:
    record = school()
    acts = listed(record)
    good, bad_signature, unreadable, *others = opened(
        tmp_path,
        case(record, acts),
        case(record, [*acts[:3], altered(acts[3], 30)]),
        case(record, [*acts[:3], altered(acts[3], 72)]),
        case(record, acts[1:]),
        case(record, [altered(acts[0], 20), *acts[1:]]),
        case(record, acts, facility="hung-vuong"),
        case(record, acts, region="VN-01"),
    )
    assert (good["whole"], good["faults"], good["day"]) == (True, [""] * 4, 2)
    assert bad_signature["faults"] == ["", "", "", "unauthentic"]
    assert (bad_signature["day"], bad_signature["whole"]) == (-1, False)
    assert unreadable["faults"][3] == "unreadable"
    for each in others:
        assert set(each["faults"]) == {"unauthentic"}


@pytest.mark.spec("MAP-PAGE-17")
def test_the_key_before_a_rekeying_signs_no_more(tmp_path: Path) -> None:
    record = school()
    record.keys[NAME] = key_of(NAME)
    record.attest(NAME, at(0, 9))
    (said,) = opened(tmp_path, case(record, listed(record)))
    assert said["faults"] == ["", "", "", "", "unauthentic"]


@pytest.mark.spec("MAP-PAGE-17")
def test_no_objection_names_the_key_of_a_facility(tmp_path: Path) -> None:
    record, one_time = school(), objection_key_of(sha256(b"somebody"))
    record.keys[NAME] = key_of("somebody")
    said = json.loads(objection(NAME, at(0, 9), who="somebody")[72:])
    said |= {"public": record.keys[NAME].public().public.hex()}
    record.add(at(0, 9), one_time.sign(encode_json(said), context="objection 1"))
    record.attest(NAME, at(0, 10))
    (found,) = opened(tmp_path, case(record, listed(record)))
    assert found["faults"][-2:] == ["", "unauthentic"]


@pytest.mark.spec("MAP-PAGE-17", "MAP-PAGE-19")
def test_an_act_that_is_left_out_is_missed_but_for_those_of_long_ago(tmp_path: Path) -> None:
    record = school()
    acts = listed(record)
    other = school(hour=7)
    between, after, lately, lately_after, replaced = opened(
        tmp_path,
        case(record, [*acts[:2], acts[3]]),
        case(record, acts[:3]),
        case(record, [*acts[:2], acts[3]], since=at(-1, 0)),
        case(record, acts[:3], since=at(-1, 0)),
        case(record, [*acts[:2], listed(other)[2], acts[3]]),
    )
    assert (between["whole"], between["faults"]) == (False, ["", "", "chain"])
    assert (lately["whole"], lately["faults"]) == (True, ["", "", ""])
    assert (replaced["whole"], replaced["faults"]) == (False, ["", "", "", "chain"])
    assert (after["whole"], lately_after["whole"]) == (False, False)


@pytest.mark.spec("MAP-PAGE-20")
def test_words_are_shown_only_where_the_act_commits_to_them(tmp_path: Path) -> None:
    record = school()
    words = Words(bytes(16), "Thiếu xà phòng <b>")
    record.attest(NAME, at(0, 9), words=words.commitment())
    acts = listed(record, (words,))
    others: list[tuple[Any, str]] = [
        ({"salt": "00" * 16, "text": "Đủ xà phòng"}, "altered"),
        ({"salt": "01" * 16, "text": words.text}, "altered"),
        ({"salt": 3}, "altered"),
        (None, "missing"),
    ]
    good, committed_to_none, *said = opened(
        tmp_path,
        case(record, acts),
        case(record, [{**acts[0], "words": words.to_json()}, *acts[1:]]),
        *(
            case(record, [*acts[:-1], {**acts[-1], "words": those, "struck": True}])
            for those, _ in others
        ),
    )
    assert good["words"][-1] == words.text
    assert (committed_to_none["words"][0], committed_to_none["without"][0]) == ("", "altered")
    for (_, reason), each in zip(others, said, strict=True):
        assert (each["words"][-1], each["without"][-1]) == ("", reason)
    record.strike(record.acts[-1][1], at(0, 10))
    acts = listed(record, (words,))
    struck, forged = opened(
        tmp_path, case(record, acts), case(record, [*acts[:-1], altered(acts[-1], 9)])
    )
    assert (struck["words"][-2], struck["without"][-2]) == ("", "struck")
    assert (forged["words"][-2], forged["faults"][-1]) == (words.text, "unauthentic")


@pytest.mark.spec("MAP-PAGE-16", "MAP-PAGE-17", "MAP-PAGE-18", "MAP-PAGE-21")
def test_objections_stand_with_what_followed_and_proofs_with_whether_they_verify(
    tmp_path: Path,
) -> None:
    record, seed = school(), bytes(range(32))
    record.attest(NAME, at(0, 9), presence=presence_key(seed))
    record.list_keys(at(0, 9.5))
    first = record.object(NAME, at(0, 10), who="one", presence=seed)
    record.object(NAME, at(0, 11), who="two", presence=bytes(32))
    last = record.object(NAME, at(0, 12), who="three")
    said = {"objection": act_digest(first), "words": bytes(32)}
    record.put(NAME, Answer, at(0, 13), facility=NAME, **said)
    for moment, verdict in ((14, Verdict.UPHELD), (15, Verdict.DISMISSED)):
        record.put("authority", Resolution, at(0, moment), verdict=verdict, **said)
    record.resolve(last, at(0, 16), Verdict.DISMISSED)
    record.attest(NAME, at(0, 17), presence=presence_key(bytes(32)))
    acts = listed(record)
    foreign = key_of("somebody").sign(first[72:], context="objection 1")
    resigned = {**acts[5], "act": base64.b64encode(foreign).decode()}
    good, without_verdict, of_somebody = opened(
        tmp_path,
        case(record, acts),
        case(record, [*acts[:-2], altered(acts[-2], 9), acts[-1]]),
        case(record, [*acts[:5], resigned, *acts[6:]]),
    )
    assert good["faults"] == [""] * len(acts)
    assert good["objections"] == [[0, 1, "dismissed"], [0, 0, ""], [1, 2, "upheld"]]
    assert good["presence"] == ["none", "unproven", "proven"]
    assert without_verdict["objections"][0] == [0, 0, ""]
    assert of_somebody["faults"][5] == "unauthentic"


def signed_map(**changes: Any) -> bytes:
    fields: dict[str, Any] = {"region": REGION, "made": 1, "day": 2, "acts": 3, "facilities": [ROW]}
    return encode_json(fields | changes)


@pytest.mark.spec("MAP-PAGE-1", "MAP-PAGE-2")
def test_a_map_is_read_that_the_server_signed_and_no_other(tmp_path: Path) -> None:
    def sealed(payload: bytes, *, key: Any = SERVER, context: str = "facility map 1") -> str:
        return str(key.sign(payload, context=context).hex())

    files = {
        "good": sealed(signed_map()),
        "altered": sealed(signed_map())[:-8] + "00000000",
        "authority": sealed(signed_map(), key=AUTHORITY),
        "context": sealed(signed_map(), context="record page 1"),
        "region": sealed(signed_map(region="VN-01")),
        "short": "00" * 71,
        "no map": sealed(b"[]"),
        "state": sealed(signed_map(facilities=[{**ROW, "state": "constructor"}])),
        "place": sealed(signed_map(facilities=[{**ROW, "latitude": 90_000_001}])),
        "name": sealed(signed_map(facilities=[{**ROW, "name": ["x"]}])),
    }
    body = """
import { keysOf, openMap } from "./facility_files.js";
import { fromHex } from "./bytes.js";
const said = {};
for (const [name, file] of Object.entries(given.files)) {
  try {
    said[name] = (await openMap(fromHex(file), keysOf(given.keys), given.region)).facilities.length;
  } catch (fault) {
    said[name] = fault.kind;
  }
}
console.log(JSON.stringify(said));"""
    keys = [SERVER.public().public.hex()]
    said = run_scripts(tmp_path, body, {"files": files, "keys": keys, "region": REGION})
    forged = ("altered", "authority", "context", "region")
    malformed = ("short", "no map", "state", "place", "name")
    assert said == {
        "good": 1,
        **dict.fromkeys(forged, "unauthentic"),
        **dict.fromkeys(malformed, "malformed"),
    }


@pytest.mark.spec("MAP-PAGE-2")
def test_each_state_has_its_own_colour_and_its_own_shape(tmp_path: Path) -> None:
    body = """
import { COLOURS, drawShape, STATES } from "./facility_states.js";
const drawn = [];
globalThis.Path2D = class {
  lineTo(...at) { drawn.at(-1).push(at.map(Math.round)); }
  arc() { drawn.at(-1).push("arc"); }
  closePath() {}
};
const context = new Proxy({}, { get: () => () => {}, set: () => true });
for (const state of STATES) {
  drawn.push([]);
  drawShape(context, state, 10);
}
const colours = STATES.map((state) => COLOURS[state]);
console.log(JSON.stringify({ colours, drawn, states: STATES }));"""
    said = run_scripts(tmp_path, body)
    chapter = Path(__file__).resolve().parents[2] / "spec" / "facilities" / "map-page.md"
    table = [line.split("|") for line in chapter.read_text("utf-8").splitlines() if "`#" in line]
    assert said["states"] == [cells[1].strip(" `") for cells in table]
    assert said["colours"] == [cells[3].strip(" `") for cells in table]
    assert len(set(said["colours"])) == 6
    assert len({json.dumps(each) for each in said["drawn"]}) == 6
