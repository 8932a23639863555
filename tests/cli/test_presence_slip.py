"""`dp3t presence card`, `slip` and `organisation`."""

from collections.abc import Sequence
from pathlib import Path

import pytest

import dp3t.cli.presence.drawn as draw_cards
from dp3t.cli.moments import iso_moment
from dp3t.presence.card import Card
from dp3t.presence.managed import Organisation, Passphrase
from dp3t.presence.slip_book import SlipBook
from dp3t.primitives import X25519PrivateKey
from dp3t.timeline import Instant, day_of, day_to_date
from photographs import as_jpeg, opened, rotated, side_by_side
from presence_terminal import ADDRESS, NAME, SINCE, UNTIL, Desk, mode_of
from terminal import Terminal

CONTACT = "Nguyễn Thị Hoa, 090 123 4567"
ARRIVAL, DEPARTURE = SINCE + 600, SINCE + 1200
STAY = ("--arrival", ARRIVAL, "--departure", DEPARTURE)


@pytest.fixture
def desk(terminal: Terminal, tmp_path: Path) -> Desk:
    return Desk(terminal, tmp_path)


@pytest.fixture
def public(desk: Desk) -> str:
    return desk.authority()


def card(desk: Desk, public: str, *more: object, contact: str = CONTACT) -> str:
    given = ("--contact", contact, "--authority", public)
    return str(desk.done("card", "create", *given, *more)["card"])


def link(desk: Desk, public: str) -> str:
    return str(desk.done("venue", "show", desk.venue(public))["link"])


@pytest.mark.spec("TERMINAL-25", "TERMINAL-37", "SLIP-3")
def test_a_card_opens_with_the_authoritys_key(desk: Desk, public: str) -> None:
    pdf, png = desk.at("card.pdf"), desk.at("card.png")
    given = ("--contact", CONTACT, "--authority", public, "--pdf", pdf, "--png", png)
    found = desk.done("card", "create", *given)
    key = X25519PrivateKey(bytes.fromhex(desk.at("authority.key").read_text()))
    assert Card.from_text(found["card"]).open(key) == CONTACT
    assert sorted(found["files"]) == [str(pdf), str(png)]
    assert (mode_of(pdf), mode_of(png)) == (0o600, 0o600)
    said = desk.refused("card", "create", *given)
    assert "stays as it is" in said


@pytest.mark.spec("TERMINAL-37")
def test_no_two_cards_of_a_page_are_alike(
    desk: Desk, public: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = list[Card]()
    real = draw_cards.card_pages

    def noted(cards: Sequence[Card]) -> bytes:
        drawn.extend(cards)
        return real(cards)

    monkeypatch.setattr(draw_cards, "card_pages", noted)
    printed = card(desk, public, "--pdf", desk.at("card.pdf"))
    key = X25519PrivateKey(bytes.fromhex(desk.at("authority.key").read_text()))
    assert [each.open(key) for each in drawn] == [CONTACT] * 8
    assert len({each.text() for each in drawn}) == 8
    assert drawn[0].text() == printed


@pytest.mark.spec("TERMINAL-38")
@pytest.mark.parametrize(
    ("days_later", "fault"), [(1, "--arrival is to come"), (-12, "too long ago")]
)
def test_a_visit_of_which_nothing_true_is_kept_is_refused(
    desk: Desk, public: str, days_later: int, fault: str
) -> None:
    given = ("--card", card(desk, public), "--entry", link(desk, public))
    arrival, departure = (moment + days_later * 86_400 for moment in (ARRIVAL, DEPARTURE))
    times = ("--arrival", arrival, "--departure", departure)
    said = desk.refused("slip", "add", desk.at("book"), *given, *times)
    assert fault in said
    assert not desk.at("book").exists()


@pytest.mark.spec("TERMINAL-38", "TERMINAL-39", "SLIP-13")
def test_a_visitor_without_a_phone_is_found_once_the_hour_is_traced(
    desk: Desk, public: str
) -> None:
    """From pictures at the door to the authority's list of whom to call."""
    code = desk.venue(public, "--png", desk.at("entry.png"))
    card(desk, public, "--png", desk.at("card.png"))
    for name in ("entry", "card"):
        taken = as_jpeg(rotated(opened(desk.at(f"{name}.png").read_bytes())))
        desk.at(f"{name}.jpg").write_bytes(taken)
    pictures = ("--card", desk.at("card.jpg"), "--entry", desk.at("entry.jpg"))
    added = desk.done("slip", "add", desk.at("book"), *pictures, *STAY)
    hours = DEPARTURE // 3600 - ARRIVAL // 3600 + 1
    assert added == {"added": hours, "slips": hours}
    assert mode_of(desk.at("book")) == 0o600
    desk.complete(desk.upload(public, code))
    stretch = ("--since", SINCE, "--until", UNTIL)
    given = ("--traces", desk.at("traces.json"), "--private-key", desk.at("authority.key"))
    stay = {"start": iso_moment(Instant(ARRIVAL)), "end": iso_moment(Instant(DEPARTURE))}
    assert desk.done("slip", "open", desk.at("book"), *given, *stretch) == {
        "contacts": [{"contact": CONTACT, "stays": [stay]}],
        "unreadable": 0,
    }
    assert "Nguyễn" in desk.said("slip", "open", desk.at("book"), *given, *stretch)
    elsewhere = ("--since", UNTIL - 60, "--until", UNTIL)
    assert desk.done("slip", "open", desk.at("book"), *given, *elsewhere)["contacts"] == []
    assert "Nobody to call." in desk.said("slip", "open", desk.at("book"), *given, *elsewhere)


@pytest.mark.spec("TERMINAL-38")
def test_a_visit_begins_now_if_nobody_says_when(desk: Desk, public: str) -> None:
    given = ("--card", card(desk, public), "--entry", link(desk, public))
    found = desk.done("slip", "add", desk.at("book"), *given)
    assert found["added"] == found["slips"] in (4, 5)


@pytest.mark.spec("TERMINAL-25", "TERMINAL-38")
def test_the_authority_gets_the_days_it_asks_for(desk: Desk, public: str) -> None:
    entry = link(desk, public)
    early = ("--arrival", SINCE - 3 * 86_400, "--departure", SINCE - 3 * 86_400 + 60)
    for stay in (STAY, early):
        given = ("--card", card(desk, public), "--entry", entry, *stay)
        desk.done("slip", "add", desk.at("book"), *given)
    stretch = ("--since", SINCE, "--until", UNTIL, "--out", desk.at("part"))
    found = desk.done("slip", "select", desk.at("book"), *stretch)
    part = SlipBook.decode(desk.at("part").read_bytes())
    today = day_to_date(day_of(Instant(ARRIVAL))).isoformat()
    assert found["slips"] == len(part.slips) == sum(found["days"].values())
    assert today in found["days"]
    assert len(SlipBook.decode(desk.at("book").read_bytes()).slips) > len(part.slips)
    assert mode_of(desk.at("part")) == 0o600
    assert "stays as it is" in desk.refused("slip", "select", desk.at("book"), *stretch)


@pytest.mark.spec("TERMINAL-1", "TERMINAL-3", "TERMINAL-24")
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"--card": "DP3T-CARD:1:ABC"}, "--card: a card has 308 letters"),
        ({"--card": "none.png"}, "none.png"),
        ({"--entry": "https://example.org"}, "--entry: the link has no payload"),
        ({"--entry": "none.png"}, "none.png"),
        ({"--arrival": "noon"}, "--arrival"),
        ({"--departure": str(ARRIVAL)}, "at least a second"),
    ],
)
def test_what_gives_no_slip_is_one_line(
    desk: Desk, public: str, changed: dict[str, str], words: str
) -> None:
    text = card(desk, public)
    given = {"--card": text, "--entry": link(desk, public), "--arrival": str(ARRIVAL)} | changed
    arguments = [each for pair in given.items() for each in pair]
    said = desk.refused("slip", "add", desk.at("book"), *arguments)
    assert words in said
    assert text[20:60] not in said
    assert not desk.at("book").exists()


def test_a_picture_of_something_else_is_no_card(desk: Desk, public: str) -> None:
    desk.venue(public, "--png", desk.at("entry.png"))
    given = ("--card", desk.at("entry.png"), "--entry", desk.at("entry.png"))
    said = desk.refused("slip", "add", desk.at("book"), *given)
    assert "the picture shows 0 cards, not one" in said


def test_of_two_cards_in_one_picture_neither_is_taken(desk: Desk, public: str) -> None:
    for name in ("a", "b"):
        card(desk, public, "--png", desk.at(name))
    both = side_by_side(*(opened(desk.at(name).read_bytes()) for name in ("a", "b")))
    desk.at("both").write_bytes(as_jpeg(both))
    given = ("--card", desk.at("both"), "--entry", link(desk, public))
    said = desk.refused("slip", "add", desk.at("book"), *given)
    assert "the picture shows 2 cards, not one" in said


@pytest.mark.spec("TERMINAL-27")
@pytest.mark.parametrize("content", [b"", b"dp3t slips 2\n", b"dp3t slips 1\n\0"])
def test_a_book_that_is_none_stays_as_it_is(desk: Desk, public: str, content: bytes) -> None:
    book = desk.at("book")
    book.write_bytes(content)
    given = ("--card", card(desk, public), "--entry", link(desk, public), *STAY)
    assert "others can read" in desk.refused("slip", "add", book, *given)
    book.chmod(0o600)
    assert str(book) in desk.refused("slip", "add", book, *given)
    assert book.read_bytes() == content


def organisation(desk: Desk, public: str) -> tuple[Path, Path]:
    record, passphrase = desk.at("record"), desk.at("passphrase")
    given = ("--passphrase", passphrase, "--record", record, "--authority", public)
    desk.done("organisation", "create", *given)
    return record, passphrase


def room(desk: Desk, record: Path, name: str, *more: object) -> dict[str, object]:
    return desk.done("organisation", "room", record, "--name", name, "--address", ADDRESS, *more)


@pytest.mark.spec("TERMINAL-25", "TERMINAL-24", "MANAGED-1", "MANAGED-5")
def test_an_organisation_is_a_record_without_a_secret_and_a_passphrase(
    desk: Desk, public: str
) -> None:
    record, path = organisation(desk, public)
    assert mode_of(path) == 0o600
    lines = path.read_text().splitlines()
    assert (lines[0][:10], lines[1][:9]) == ("# RIÊNG TƯ", "# PRIVATE")
    share = Passphrase(lines[2]).share().to_bytes()
    assert share not in record.read_bytes()
    assert Organisation.decode(record.read_bytes()).payloads == ()
    given = ("--record", desk.at("other"), "--authority", public)
    said = desk.refused("organisation", "create", "--passphrase", path, *given)
    assert "stays as it is" in said
    assert not desk.at("other").exists()
    given = ("--record", record, "--authority", public)
    said = desk.refused("organisation", "create", "--passphrase", desk.at("other"), *given)
    assert f"{record} exists" in said
    assert not desk.at("other").exists()


@pytest.mark.spec("MANAGED-6", "MANAGED-7", "TERMINAL-24")
def test_a_room_of_an_organisation_is_traced_with_its_passphrase(desk: Desk, public: str) -> None:
    record, passphrase = organisation(desk, public)
    first = room(desk, record, "Phòng 101", "--png", desk.at("101.png"))
    second = room(desk, record, "Phòng 102")
    assert (first["room"], second["room"]) == (1, 2)
    assert first["files"] == [str(desk.at("101.png"))]
    rooms = desk.done("organisation", "show", record)["rooms"]
    assert [each["description"] for each in rooms] == ["Phòng 101", "Phòng 102"]
    code = desk.at("102.trace")
    given = ("--passphrase", passphrase, "--room", 2, "--trace", code)
    printed = desk.said("organisation", "code", record, *given)
    assert "Phòng 102" in printed
    assert passphrase.read_text().splitlines()[2] not in "".join(printed.split())
    assert desk.complete(desk.upload(public, code))["traces"] > 0


def test_another_passphrase_makes_no_traces(desk: Desk, public: str) -> None:
    record, _ = organisation(desk, public)
    room(desk, record, "Phòng 101")
    desk.at("other").write_text(Passphrase.generate(rand=lambda n: bytes(n)).text())
    desk.at("other").chmod(0o600)
    given = ("--passphrase", desk.at("other"), "--room", 1, "--trace", desk.at("t"))
    desk.done("organisation", "code", record, *given)
    sealed = desk.upload(public, desk.at("t"))
    stretch = ("--reference", "7K2-4411", "--since", SINCE, "--until", UNTIL, "--text", "x")
    key = ("--private-key", desk.at("authority.key"), "--out", desk.at("traces.json"))
    said = desk.refused("authority", "complete", sealed, *stretch, *key)
    assert "does not belong to the public key" in said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("--room", 2), "the organisation has 1 rooms"),
        (("--room", 0), "--room"),
        (("--passphrase", "none"), "none"),
    ],
)
def test_a_room_that_has_no_code_is_one_line(
    desk: Desk, public: str, change: tuple[str, object], words: str
) -> None:
    record, passphrase = organisation(desk, public)
    room(desk, record, NAME)
    given = {"--passphrase": passphrase, "--room": 1, "--trace": desk.at("t")} | dict([change])
    arguments = [each for pair in given.items() for each in pair]
    assert words in desk.refused("organisation", "code", record, *arguments)
    assert not desk.at("t").exists()


@pytest.mark.parametrize("content", [b"", b"\xff", b"hello"])
def test_what_is_no_record_is_named_and_stays(desk: Desk, content: bytes) -> None:
    desk.at("record").write_bytes(content)
    given = ("--name", NAME, "--address", ADDRESS)
    said = desk.refused("organisation", "room", desk.at("record"), *given)
    assert str(desk.at("record")) in said
    assert desk.at("record").read_bytes() == content
