"""`dp3t presence venue create`, `show` and `rotate`, and organisations with rooms."""

import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dp3t.cli.presence.images import read_codes
from dp3t.presence.entry import EntryCode
from dp3t.presence.rotation import RotatingCode
from dp3t.presence.venue import VenueCode
from photographs import as_jpeg, opened, rotated
from presence_terminal import ADDRESS, NAME, NOW, Desk, mode_of
from terminal import Terminal, dp3t

KEY = bytes(range(1, 33)).hex()
PLACE = ("--name", NAME, "--address", ADDRESS)


@pytest.fixture
def desk(terminal: Terminal, tmp_path: Path) -> Desk:
    return Desk(terminal, tmp_path)


def code_in(path: Path) -> VenueCode:
    return VenueCode.from_text(path.read_text().splitlines()[-1])


def link_in(picture: Path) -> str:
    (code,) = read_codes(picture.read_bytes(), wanted=lambda _: True)
    return code.text


@pytest.mark.spec("TERMINAL-2", "TERMINAL-25", "TERMINAL-31")
def test_a_venue_gets_a_private_code_a_sheet_a_poster_and_a_picture(desk: Desk) -> None:
    given = (*PLACE, "--authority", KEY, "--type", "permanent-retail", "--stay-minutes", 90)
    trace, sheet, pdf, png = (desk.at(name) for name in ("trace", "sheet.png", "p.pdf", "p.png"))
    files = ("--trace", trace, "--trace-png", sheet, "--pdf", pdf, "--png", png)
    found = desk.done("venue", "create", *given, *files)
    entry = code_in(trace).entry
    assert found == {
        "kind": "trace",
        "description": NAME,
        "address": ADDRESS,
        "start": None,
        "end": None,
        "default_stay_seconds": 5400,
        "location_id": entry.cwa_location_id.hex(),
        "payload": entry.payload.hex(),
        "link": entry.link(),
        "files": [str(each) for each in (trace, sheet, pdf, png)],
    }
    assert [mode_of(each) for each in (trace, sheet, pdf, png)] == [0o600, 0o600, 0o644, 0o644]
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert link_in(png) == entry.link()
    assert link_in(sheet) == code_in(trace).text()
    assert entry.vendor_data == bytes.fromhex("08011003185a")


def test_a_private_file_says_in_both_languages_what_it_is(desk: Desk) -> None:
    lines = desk.venue(KEY).read_text().splitlines()
    assert lines[0].startswith("# RIÊNG TƯ")
    assert lines[1].startswith("# PRIVATE")
    assert len(lines) == 3


@pytest.mark.spec("TERMINAL-1", "TERMINAL-25")
@pytest.mark.parametrize("option", ["--trace", "--trace-png"])
def test_a_private_file_that_exists_stays_and_nothing_else_is_written(
    desk: Desk, option: str
) -> None:
    files = {"--trace": desk.at("a"), "--trace-png": desk.at("b"), "--png": desk.at("c")}
    files[option].write_text("mine")
    given = [each for pair in files.items() for each in pair]
    said = desk.refused("venue", "create", *PLACE, "--authority", KEY, *given)
    assert f"{files[option]} exists and stays as it is" in said
    assert [each.name for each in desk.folder.iterdir()] == [files[option].name]
    assert files[option].read_text() == "mine"


@pytest.mark.spec("TERMINAL-26")
def test_where_a_poster_cannot_be_written_the_private_code_is_there(desk: Desk) -> None:
    """Negative: a poster whose private code is lost can warn nobody.

    What stands in the way of the poster here comes to be there only with the private code.
    """
    given = (*PLACE, "--authority", KEY, "--trace", desk.at("trace"))
    said = desk.refused("venue", "create", *given, "--png", desk.at("trace"))
    assert "stays as it is" in said
    assert code_in(desk.at("trace")).entry.description == NAME


def test_where_a_poster_cannot_be_drawn_nothing_is_written(desk: Desk) -> None:
    given = ("--name", "湖南", "--address", ADDRESS, "--authority", KEY)
    files = ("--trace", desk.at("trace"), "--pdf", desk.at("p.pdf"))
    assert "U+6E56" in desk.refused("venue", "create", *given, *files)
    assert list(desk.folder.iterdir()) == []


@pytest.mark.spec("TERMINAL-1")
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"--authority": "00" * 31}, "--authority has 31 bytes, not 32"),
        ({"--authority": "key"}, "--authority is not hexadecimal"),
        ({"--type": "palace"}, "--type is none of unspecified, permanent-other"),
        ({"--stay-minutes": "0"}, "--stay-minutes"),
        ({"--stay-minutes": "1441"}, "--stay-minutes"),
        ({"--name": " "}, "the description is empty"),
        ({"--name": "x" * 101}, "longer than 100 characters"),
        ({"--address": ""}, "the address is empty"),
        ({"--link-base": "http://example.org"}, "https://"),
        ({"--trace": "no/such/folder"}, "no/such/folder"),
    ],
)
def test_wrong_arguments_are_one_line(desk: Desk, changed: dict[str, str], words: str) -> None:
    given = {"--name": NAME, "--address": ADDRESS, "--authority": KEY} | {
        "--trace": str(desk.at("trace")),
        "--png": str(desk.at("p.png")),
    }
    arguments = [each for pair in (given | changed).items() for each in pair]
    assert words in desk.refused("venue", "create", *arguments)
    assert list(desk.folder.iterdir()) == []


def test_names_are_written_with_their_marks_joined(desk: Desk) -> None:
    desk.venue(KEY, name="  Cho\u031b\u0323   Hôm ")
    assert code_in(desk.at("venue")).entry.description == "Chợ Hôm"


def test_a_link_leads_where_the_owner_wants(desk: Desk) -> None:
    given = ("--link-base", "https://hcdc.example/vao", "--png", desk.at("p.png"))
    desk.venue(KEY, *given)
    link = link_in(desk.at("p.png"))
    assert link.startswith("https://hcdc.example/vao?v=1#")
    assert EntryCode.from_link(link).description == NAME


@pytest.mark.spec("TERMINAL-31", "TERMINAL-24")
def test_a_venue_is_shown_from_its_file_and_from_a_photograph_of_its_sheet(desk: Desk) -> None:
    trace = desk.venue(KEY, "--trace-png", desk.at("sheet.png"))
    photograph = desk.at("photo.jpg")
    photograph.write_bytes(as_jpeg(rotated(opened(desk.at("sheet.png").read_bytes()))))
    photograph.chmod(0o600)
    found = [desk.done("venue", "show", path) for path in (trace, photograph)]
    assert found[0] == found[1]
    assert (found[0]["description"], found[0]["files"]) == (NAME, [])
    printed = desk.said("venue", "show", trace)
    assert NAME in printed
    code = code_in(trace)
    assert code.text() not in "".join(printed.split())
    assert code.share.to_bytes().hex() not in str(found)


def test_a_poster_is_drawn_again_the_same(desk: Desk) -> None:
    trace = desk.venue(KEY, "--pdf", desk.at("a.pdf"))
    desk.done("venue", "show", trace, "--pdf", desk.at("b.pdf"), "--trace-png", desk.at("s.png"))
    assert desk.at("a.pdf").read_bytes() == desk.at("b.pdf").read_bytes()
    assert mode_of(desk.at("s.png")) == 0o600
    assert "stays as it is" in desk.refused("venue", "show", trace, "--trace-png", desk.at("s.png"))


@pytest.mark.spec("TERMINAL-25", "TERMINAL-41")
def test_a_picture_replaces_a_picture_and_nothing_else(desk: Desk) -> None:
    """Negative: a poster in the place of the private code would leave a venue without it."""
    trace = desk.venue(KEY, "--trace-png", desk.at("sheet.png"), "--png", desk.at("p.png"))
    desk.at("notes.txt").write_text("mine")
    kept = {path: path.read_bytes() for path in desk.folder.iterdir() if path.suffix != ".pdf"}
    for option, path in (
        ("--png", trace),
        ("--pdf", trace),
        ("--png", desk.at("sheet.png")),
        ("--png", desk.at("notes.txt")),
        ("--pdf", desk.at("p.png")),
    ):
        said = desk.refused("venue", "show", trace, option, path)
        assert f"{path} exists and stays as it is" in said
    assert {path: path.read_bytes() for path in kept} == kept
    desk.done("venue", "show", trace, "--png", desk.at("p.png"))
    assert mode_of(desk.at("p.png")) == 0o644
    files = ("--trace", desk.at("new"), "--png", desk.at("new"))
    assert "stays as it is" in desk.refused("venue", "create", *PLACE, "--authority", KEY, *files)
    assert code_in(desk.at("new")).entry.description == NAME


@pytest.mark.spec("TERMINAL-42")
@pytest.mark.parametrize(
    ("pdf", "png", "fault"),
    [
        ("none/a.pdf", "a.png", "No such file or directory"),
        ("a.pdf", "none/a.png", "No such file or directory"),
        (".", "a.png", "Is a directory"),
        ("notes.txt", "a.png", "exists and stays as it is"),
        ("a", "a", "two files have one name"),
        ("a", "none/../a", "two files have one name"),
    ],
)
def test_where_a_picture_cannot_be_written_nothing_is(
    desk: Desk, pdf: str, png: str, fault: str
) -> None:
    """So the command can be repeated, and a room is not added twice."""
    desk.at("notes.txt").write_text("mine")
    given = ("--authority", KEY, "--record", desk.at("record"), "--passphrase", desk.at("phrase"))
    desk.done("organisation", "create", *given)
    before = sorted(desk.folder.iterdir()), desk.at("record").read_bytes()
    pictures = ("--pdf", desk.at(pdf), "--png", desk.at(png))
    venue = ("venue", "create", *PLACE, "--authority", KEY, "--trace", desk.at("new"))
    for command in (venue, ("organisation", "room", desk.at("record"), *PLACE)):
        assert fault in desk.refused(*command, *pictures)
    left = [path for path in sorted(desk.folder.iterdir()) if path.name != ".record.lock"]
    assert (left, desk.at("record").read_bytes()) == before


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Set up a venue"), ("vi", "Tạo địa điểm: mã riêng tư")]
)
def test_help_is_in_the_persons_language(language: str, words: str) -> None:
    ran = dp3t("presence", "venue", "--help", language=language)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert words in ran.stdout


@pytest.mark.spec("TERMINAL-27")
def test_a_private_code_that_others_can_read_is_refused(desk: Desk) -> None:
    trace = desk.venue(KEY)
    for mode in (0o640, 0o604):
        trace.chmod(mode)
        assert f"others can read {trace}" in desk.refused("venue", "show", trace)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not base64"),
        (b"# nothing\n", "not base64"),
        (b"https://presence.invalid?v=1#AAAA", "this is a link to an entry code"),
        (b"dp3t-trace-code:1:!!", "base64"),
        (b"dp3t-trace-code:2:AAAA", "version"),
        (b"\xff\xfe\x00", "is no picture that can be read"),
    ],
)
def test_what_is_no_private_code_is_named(desk: Desk, content: bytes, words: str) -> None:
    desk.at("file").write_bytes(content)
    desk.at("file").chmod(0o600)
    said = desk.refused("venue", "show", desk.at("file"))
    assert str(desk.at("file")) in said
    assert words in said


def test_a_poster_is_no_private_code(desk: Desk) -> None:
    desk.venue(KEY, "--png", desk.at("p.png"))
    desk.at("p.png").chmod(0o600)
    said = desk.refused("venue", "show", desk.at("p.png"))
    assert "shows 0 private trace codes, not one" in said


def rotating(desk: Desk) -> Path:
    return desk.venue(KEY, "--rotating", file="rotating")


def days_of(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["start"], each["end"]) for each in found["posters"]]


@pytest.mark.spec("TERMINAL-31", "ROTATION-2")
def test_days_have_posters_of_their_own(desk: Desk) -> None:
    trace = rotating(desk)
    given = ("--from", "2026-12-31", "--days", 2, "--pdf", desk.at("p.pdf"))
    found = desk.done("venue", "rotate", trace, *given)
    assert days_of(found) == [
        ("2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("2027-01-01T00:00:00Z", "2027-01-02T00:00:00Z"),
    ]
    assert len({each["location_id"] for each in found["posters"]}) == 2
    assert found["files"] == [str(desk.at("p.pdf"))]
    assert len(re.findall(rb"/Type /Page\b", desk.at("p.pdf").read_bytes())) == 2
    assert mode_of(desk.at("p.pdf")) == 0o600
    code = RotatingCode.from_text(trace.read_text().splitlines()[-1])
    links = [EntryCode.from_link(each["link"]).public_key for each in found["posters"]]
    assert links == [code.venue.entry.public_key] * 2


def test_the_first_day_is_today_if_not_said(desk: Desk) -> None:
    found = desk.done("venue", "rotate", rotating(desk), "--days", 1, "--pdf", desk.at("p.pdf"))
    today = datetime.fromtimestamp(NOW, tz=UTC).date()
    assert days_of(found)[0][0][:10] in {str(today), str(today + timedelta(days=1))}


@pytest.mark.spec("TERMINAL-31", "ROTATION-3")
def test_an_event_has_one_poster_of_its_name(desk: Desk) -> None:
    event = ("--event", "Hội chợ Tết", "--start", 1_798_700_000, "--end", 1_798_710_000)
    pdf = ("--pdf", desk.at("p.pdf"))
    (found,) = desk.done("venue", "rotate", rotating(desk), *event, *pdf)["posters"]
    assert (found["description"], found["start"]) == ("Hội chợ Tết", "2026-12-31T06:53:20Z")


@pytest.mark.spec("TERMINAL-31")
def test_a_rotating_venue_is_told_without_an_entry_code(desk: Desk) -> None:
    trace = rotating(desk)
    expected = {"kind": "rotating", "description": NAME, "address": ADDRESS, "files": []}
    assert desk.done("venue", "show", trace) == expected
    assert "`rotate` makes its posters" in desk.refused(
        "venue", "show", trace, "--pdf", desk.at("p.pdf")
    )


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--days", 0), "--days"),
        (("--days", 367), "--days"),
        (("--from", "yesterday"), "--from"),
        (("--from", "2106-02-06"), "beyond 2106"),
        (("--event", "x"), "--event needs --start and --end"),
        (("--event", "x", "--start", 9, "--end", 5), "ends before it starts"),
        (("--event", "x", "--start", "soon", "--end", 5), "--start"),
    ],
)
def test_wrong_days_and_events_are_one_line(
    desk: Desk, more: tuple[object, ...], words: str
) -> None:
    given = ("--pdf", desk.at("p.pdf"), *more)
    assert words in desk.refused("venue", "rotate", rotating(desk), *given)
    assert not desk.at("p.pdf").exists()


def test_the_code_of_one_poster_does_not_rotate(desk: Desk) -> None:
    said = desk.refused("venue", "rotate", desk.venue(KEY), "--pdf", desk.at("p.pdf"))
    assert "`create --rotating`" in said


def test_a_rotating_venue_is_created_without_a_poster(desk: Desk) -> None:
    given = (*PLACE, "--authority", KEY, "--trace", desk.at("t"), "--rotating")
    for option in ("--pdf", "--png"):
        said = desk.refused("venue", "create", *given, option, desk.at("p"))
        assert "--rotating goes without --pdf and --png" in said
    assert list(desk.folder.iterdir()) == []


def test_without_the_extra_one_line_says_what_to_install(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("drawn", "page", "poster", "sheets"):
        monkeypatch.delitem(sys.modules, f"dp3t.cli.presence.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "segno", None)
    given = (*PLACE, "--authority", KEY, "--trace", desk.at("t"), "--png", desk.at("p.png"))
    said = desk.refused("venue", "create", *given)
    assert "segno is not installed: pip install 'dp3t[presence]'" in said
