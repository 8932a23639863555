"""`dp3t presence venue trace` and `authority`: from an owner's private code to finished traces."""

import json
from base64 import b64encode
from pathlib import Path
from random import Random
from typing import Any

import pytest

from dp3t.cli.moments import iso_moment
from dp3t.presence.entry import EntryCode
from dp3t.presence.matching import joined, match
from dp3t.presence.pretrace import PRE_TRACE_BYTES, PreTrace, name_of
from dp3t.presence.trace import Trace
from dp3t.presence.venue import VenueCode
from dp3t.presence.visit import CheckIn
from dp3t.primitives import X25519PrivateKey, random_from_os
from dp3t.timeline import Instant, day_of
from presence_terminal import ADDRESS, ASKED, HOUR, NAME, NOW, SINCE, TEXT, UNTIL, Desk, mode_of
from terminal import Terminal


@pytest.fixture
def desk(terminal: Terminal, tmp_path: Path) -> Desk:
    return Desk(terminal, tmp_path)


@pytest.fixture
def public(desk: Desk) -> str:
    return desk.authority()


def opened(desk: Desk, *files: Path, more: tuple[object, ...] = ()) -> dict[str, Any]:
    given = ("--private-key", desk.at("authority.key"), *more)
    return desk.done("authority", "open", *files, *given)


def page_of(*sealed: bytes, more: bool = False) -> bytes:
    listed = [{"name": name_of(each), "sealed": b64encode(each).decode()} for each in sealed]
    return json.dumps({"trace_uploads": listed, "more": more}).encode()


def traces_in(path: Path) -> list[Trace]:
    return [Trace.decode(bytes.fromhex(each)) for each in json.loads(path.read_text())["traces"]]


def entry_of(trace: Path) -> EntryCode:
    return VenueCode.from_text(trace.read_text().splitlines()[-1]).entry


def test_a_key_is_private_and_never_replaced(desk: Desk, public: str) -> None:
    path = desk.at("authority.key")
    before = path.read_bytes()
    assert mode_of(path) == 0o600
    assert X25519PrivateKey(bytes.fromhex(before.decode())).public().to_bytes().hex() == public
    assert "stays as it is" in desk.refused("authority", "keygen", "--out", path)
    assert path.read_bytes() == before


@pytest.mark.spec("TERMINAL-25", "TERMINAL-32", "PRETRACE-6")
def test_an_owner_writes_one_sealed_file(desk: Desk, public: str) -> None:
    given = (*ASKED, "--authority", public, "--out", desk.at("upload"))
    found = desk.done("venue", "trace", desk.venue(public), *given)
    sealed = desk.at("upload").read_bytes()
    assert len(sealed) == PRE_TRACE_BYTES
    assert mode_of(desk.at("upload")) == 0o600
    row = {"file": str(desk.at("upload")), "name": name_of(sealed), "valid_from": None}
    assert found == {"uploads": [row]}
    key = X25519PrivateKey(bytes.fromhex(desk.at("authority.key").read_text()))
    assert PreTrace.open(sealed, key).request.stretch == (SINCE, UNTIL)


@pytest.mark.spec("TERMINAL-32", "ROTATION-5")
def test_a_rotating_code_gives_a_file_for_each_day(desk: Desk, public: str) -> None:
    code = desk.venue(public, "--rotating")
    given = (*ASKED, "--authority", public, "--out", desk.at("upload.bin"))
    rows = desk.done("venue", "trace", code, *given)["uploads"]
    days = range(day_of(Instant(SINCE)) - 1, day_of(Instant(UNTIL - 1)) + 1)
    assert [row["file"] for row in rows] == [
        str(desk.at(f"upload-{place}.bin")) for place in range(1, len(days) + 1)
    ]
    assert [row["valid_from"] for row in rows] == [
        iso_moment(Instant(86_400 * day)) for day in days
    ]
    assert opened(desk, *(Path(row["file"]) for row in rows))["refused"] == []


def test_an_event_is_traced_under_its_own_code(desk: Desk, public: str) -> None:
    code = desk.venue(public, "--rotating")
    event = ("--event", "Hội chợ", "--start", SINCE, "--end", UNTIL)
    given = (*ASKED, "--authority", public, "--out", desk.at("upload"), *event)
    desk.done("venue", "trace", code, *given)
    (found,) = opened(desk, desk.at("upload"))["uploads"]
    assert found["description"] == "Hội chợ"
    still = desk.venue(public, file="still")
    assert "--event is for rotating codes" in desk.refused(
        *("venue", "trace", still, *ASKED, "--authority", public, "--out", desk.at("x"), *event)
    )


@pytest.mark.spec("TERMINAL-34")
def test_an_official_sees_who_has_answered_what(desk: Desk, public: str) -> None:
    code = desk.venue(public)
    sealed = desk.upload(public, code)
    assert opened(desk, sealed) == {
        "uploads": [
            {
                "name": name_of(sealed.read_bytes()),
                "description": NAME,
                "address": ADDRESS,
                "location_id": entry_of(code).cwa_location_id.hex(),
                "reference": "7K2-4411",
                "since": iso_moment(Instant(SINCE)),
                "until": iso_moment(Instant(UNTIL)),
                "hours": -(-UNTIL // HOUR) - SINCE // HOUR,
            }
        ],
        "refused": [],
        "after": None,
    }
    shown = desk.said("authority", "open", sealed, "--private-key", desk.at("authority.key"))
    assert name_of(sealed.read_bytes()) in shown.splitlines()
    assert NAME in shown


@pytest.mark.spec("TERMINAL-34")
def test_of_a_page_what_does_not_belong_is_put_aside(desk: Desk, public: str) -> None:
    good = desk.upload(public, desk.venue(public)).read_bytes()
    dummy = random_from_os(PRE_TRACE_BYTES)
    desk.at("page").write_bytes(page_of(good, dummy, good, b"short", more=True))
    found = opened(desk, desk.at("page"), more=("--reference", "7K2-4411"))
    assert [each["name"] for each in found["uploads"]] == [name_of(good)]
    reasons = {each["name"]: each["reason"] for each in found["refused"]}
    assert set(reasons) == {name_of(dummy), name_of(b"short")}
    assert found["after"] == max(map(name_of, (good, dummy, b"short")))
    other = opened(desk, desk.at("page"), more=("--reference", "OTHER"))
    assert other["uploads"] == []
    assert (
        "references" in {each["name"]: each["reason"] for each in other["refused"]}[name_of(good)]
    )


@pytest.mark.spec("TERMINAL-1")
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "neither a trace upload of 16384 bytes nor a page of them"),
        (b"{}", "neither a trace upload"),
        (b'{"trace_uploads": [{"sealed": "!"}]}', "neither a trace upload"),
        (bytes(2**22 + 1), "larger than any page of trace uploads"),
    ],
)
def test_what_is_no_upload_is_named(desk: Desk, public: str, content: bytes, words: str) -> None:
    desk.at("file").write_bytes(content)
    given = ("--private-key", desk.at("authority.key"))
    assert words in desk.refused("authority", "open", desk.at("file"), *given)


@pytest.mark.spec("TERMINAL-34")
def test_a_single_upload_that_does_not_open_is_a_fault(desk: Desk, public: str) -> None:
    stranger = desk.authority("stranger.key")
    sealed = desk.upload(stranger, desk.venue(public))
    given = ("--private-key", desk.at("authority.key"))
    assert "does not open" in desk.refused("authority", "open", sealed, *given)


@pytest.mark.spec("TERMINAL-25", "TERMINAL-35", "PRETRACE-14")
def test_finished_traces_warn_those_who_were_there(desk: Desk, public: str) -> None:
    code = desk.venue(public)
    sealed = desk.upload(public, code)
    found = desk.complete(sealed)
    hours = -(-UNTIL // HOUR) - SINCE // HOUR
    assert (found["traces"], found["release"]) == (hours, None)
    assert [each["name"] for each in found["uploads"]] == [name_of(sealed.read_bytes())]
    assert mode_of(desk.at("traces.json")) == 0o600
    traces = traces_in(desk.at("traces.json"))
    assert len(traces) == hours
    assert traces == sorted(traces)
    arrival, departure = Instant(SINCE + 600), Instant(SINCE + 1200)
    visit = CheckIn(entry=entry_of(code), arrival=arrival, leaves_by=departure)
    records = visit.check_out(departure=departure, now=departure, rand=Random(1).randbytes)
    (met,) = joined(match(records, traces, release=Instant(NOW - NOW % 7200)))
    assert (met.start, met.end, met.message) == (arrival, departure, TEXT)


@pytest.mark.spec("TERMINAL-36")
def test_of_several_uploads_none_is_approved_unnamed(desk: Desk, public: str) -> None:
    """Negative: whoever has a code and another venue's private code could slip in theirs."""
    venues = [desk.venue(public, name=name, file=name) for name in ("Chợ", "Trường")]
    files = [desk.upload(public, code, file=f"{code.name}.bin") for code in venues]
    given = (*ASKED, "--private-key", desk.at("authority.key"), "--text", TEXT)
    out = ("--out", desk.at("traces.json"))
    said = desk.refused("authority", "complete", *files, *given, *out)
    assert "2 uploads carry the reference; --name says which" in said
    assert not desk.at("traces.json").exists()
    name = name_of(files[1].read_bytes())
    found = desk.done("authority", "complete", *files, *given, *out, "--name", name)
    assert [each["description"] for each in found["uploads"]] == ["Trường"]
    both = [each for file in files for each in ("--name", name_of(file.read_bytes()))]
    found = desk.done("authority", "complete", *files, *given, "--out", desk.at("both"), *both)
    hours = -(-UNTIL // HOUR) - SINCE // HOUR
    assert found["traces"] == 2 * hours
    assert traces_in(desk.at("both")) == sorted(traces_in(desk.at("both")))


def test_a_name_that_carries_no_reference_is_refused(desk: Desk, public: str) -> None:
    sealed = desk.upload(public, desk.venue(public))
    given = (*ASKED, "--private-key", desk.at("authority.key"), "--text", TEXT)
    name = ("--name", "00" * 32, "--out", desk.at("traces.json"))
    assert "no upload of the name 0000" in desk.refused(
        "authority", "complete", sealed, *given, *name
    )


@pytest.mark.spec("TERMINAL-35", "PRETRACE-17")
def test_what_is_published_is_not_finished_twice(desk: Desk, public: str) -> None:
    sealed = desk.upload(public, desk.venue(public))
    desk.complete(sealed)
    given = (*ASKED, "--private-key", desk.at("authority.key"), "--text", TEXT)
    more = ("--published", desk.at("traces.json"), "--out", desk.at("again.json"))
    said = desk.refused("authority", "complete", sealed, *given, *more)
    assert "published already" in said


@pytest.mark.spec("TERMINAL-25")
def test_finished_traces_are_never_replaced(desk: Desk, public: str) -> None:
    sealed = desk.upload(public, desk.venue(public))
    desk.at("traces.json").write_text("mine")
    given = (*ASKED, "--private-key", desk.at("authority.key"), "--text", TEXT)
    out = ("--out", desk.at("traces.json"))
    assert "stays as it is" in desk.refused("authority", "complete", sealed, *given, *out)
    assert desk.at("traces.json").read_text() == "mine"


@pytest.mark.spec("TERMINAL-1", "PRETRACE-9", "PRETRACE-10")
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"--reference": "OTHER"}, "references"),
        ({"--reference": "lower"}, "a reference is 1 to 16"),
        ({"--since": SINCE + 1}, "wrong interval"),
        ({"--until": "noon"}, "--until"),
        ({"--until": SINCE}, "begins before it ends"),
        ({"--text": ""}, "1 to 280 bytes"),
        ({"--text": "x" * 281}, "1 to 280 bytes"),
        ({"--private-key": "none.key"}, "none.key"),
        ({"--published": "none.json"}, "none.json"),
    ],
)
def test_what_cannot_be_finished_is_one_line(
    desk: Desk, public: str, changed: dict[str, object], words: str
) -> None:
    sealed = desk.upload(public, desk.venue(public))
    given = dict(zip(ASKED[::2], ASKED[1::2], strict=True)) | {
        "--private-key": desk.at("authority.key"),
        "--text": TEXT,
        "--out": desk.at("traces.json"),
    }
    arguments = [each for pair in (given | changed).items() for each in pair]
    assert words in desk.refused("authority", "complete", sealed, *arguments)
    assert not desk.at("traces.json").exists()


@pytest.mark.parametrize("more", [(), ("--server", "http://x"), ("--token-file", "t")])
def test_traces_have_to_go_somewhere(desk: Desk, public: str, more: tuple[str, ...]) -> None:
    sealed = desk.upload(public, desk.venue(public))
    given = (*ASKED, "--private-key", desk.at("authority.key"), "--text", TEXT)
    said = desk.refused("authority", "complete", sealed, *given, *more)
    assert "--out, or --server with --token-file" in said


@pytest.mark.spec("TERMINAL-27")
def test_a_key_that_others_can_read_is_refused(desk: Desk, public: str) -> None:
    sealed = desk.upload(public, desk.venue(public))
    desk.at("authority.key").chmod(0o644)
    given = ("--private-key", desk.at("authority.key"))
    assert "others can read" in desk.refused("authority", "open", sealed, *given)


@pytest.mark.spec("TERMINAL-1")
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"--since": NOW - 20 * 86_400, "--until": NOW - 19 * 86_400}, "10 days"),
        ({"--until": NOW + HOUR}, "to come"),
        ({"--since": NOW - 11 * 86_400}, "at most 240 hours"),
        ({"--reference": ""}, "a reference is 1 to 16"),
        ({"--authority": "11"}, "--authority has 1 bytes"),
    ],
)
def test_what_an_owner_cannot_trace_is_one_line(
    desk: Desk, public: str, changed: dict[str, object], words: str
) -> None:
    given = dict(zip(ASKED[::2], ASKED[1::2], strict=True)) | {
        "--authority": public,
        "--out": desk.at("upload"),
    }
    arguments = [each for pair in (given | changed).items() for each in pair]
    assert words in desk.refused("venue", "trace", desk.venue(public), *arguments)
    assert not desk.at("upload").exists()
