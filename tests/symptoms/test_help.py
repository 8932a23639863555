"""spec/symptoms/help.md: requests for help."""

import contextlib
import json
from itertools import chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.canonical_json import encode_json
from dp3t.codec import pad
from dp3t.errors import (
    Dp3tError,
    ExpiredError,
    MalformedError,
    PolicyError,
    TransportError,
    UnsupportedVersionError,
    VerificationError,
)
from dp3t.primitives import hpke_seal_with_os_randomness
from dp3t.symptoms.callback import Callback, CallMe, ICallYou, VisitMe
from dp3t.symptoms.help import (
    HELP_BYTES,
    HELP_REFUSALS,
    HelpRequest,
    SealedHelp,
    check_help_answer,
    encode_help_answer,
)
from dp3t.symptoms.words import AgeBand, Outcome
from dp3t.timeline import Day, Instant, day_of
from stations import DA_NANG, DAY, HUE, NOW, private, request, station, station_keys

TODAY = day_of(NOW)
WAYS = (
    CallMe(telephone="115"),
    VisitMe(address="12 Lê Lợi, Huế", day=Day(TODAY + 1), from_hour=9, until_hour=11),
    ICallYou(code="01234567"),
)


def sealed(asked: HelpRequest) -> bytes:
    return asked.seal_with_os_randomness(station_keys())


def opened(data: bytes, *keys: str) -> HelpRequest:
    return SealedHelp.decode(data).open(map(private, keys))


def resealed(value: Any, *, header: bytes | None = None) -> bytes:
    """Return a request that says anything, as anybody can seal one."""
    head = sealed(request())[:9] if header is None else header
    payload = value if isinstance(value, bytes) else pad(encode_json(value), to_bytes=4_039)
    return head + hpke_seal_with_os_randomness(
        private("Huế").public(), payload, context=b"dp3t help 1\0" + head
    )


@pytest.mark.spec("HELP-5", "HELP-7", "HELP-8")
@pytest.mark.parametrize("way", WAYS, ids=lambda way: type(way).__name__)
def test_the_station_reads_what_was_asked(way: Callback) -> None:
    asked = request(callback=way)
    assert opened(sealed(asked), "an older key", "Huế") == asked


@pytest.mark.spec("HELP-8")
def test_another_station_reads_nothing_and_hears_nothing_of_it() -> None:
    with pytest.raises(VerificationError) as refusal:
        opened(sealed(request()), "Đà Nẵng", "an older key")
    assert str(refusal.value) == "no key at hand opens the request"
    with pytest.raises(VerificationError):
        opened(sealed(request()))


@pytest.mark.spec("HELP-4", "HELP-7")
def test_a_request_goes_to_the_station_of_its_commune_alone() -> None:
    assert opened(sealed(request(commune=DA_NANG)), "Đà Nẵng").commune == DA_NANG
    with pytest.raises(PolicyError):
        sealed(request(commune="00001"))
    with pytest.raises(PolicyError):
        request().seal_with_os_randomness(station_keys(station(HUE, "Huế", end=NOW)))


@pytest.mark.spec("HELP-6")
def test_it_says_these_fields_and_no_others() -> None:
    value: Any = request(callback=WAYS[1], outcome=None, message="").to_value()
    assert json.loads(encode_json(value)) == {
        "age_band": "65+",
        "asked": NOW,
        "callback": {
            "address": "12 Lê Lợi, Huế",
            "day": TODAY + 1,
            "from_hour": 9,
            "kind": "visit",
            "until_hour": 11,
        },
        "commune": HUE,
        "language": "vi",
        "message": "",
        "outcome": "none",
        "version": 1,
        "who": "Chị Lệ",
    }


@pytest.mark.spec("HELP-7")
def test_all_requests_have_one_length_and_one_header() -> None:
    longest = request(
        who='"' * 120,
        message="\n\\" * 599 + "x\\",
        callback=VisitMe(address="\\" * 300, day=Day(TODAY), from_hour=10, until_hour=24),
        age_band=AgeBand.UNKNOWN,
        outcome=Outcome.EMERGENCY,
    )
    shortest = request(who="x", message="", callback=WAYS[2], outcome=None, commune=DA_NANG)
    bodies = [sealed(longest), sealed(shortest), sealed(shortest)]
    assert {len(body) for body in bodies} == {HELP_BYTES} == {4_096}
    expires = TODAY + 7
    assert {body[:9] for body in bodies} == {b"\1\0\0\0\3" + expires.to_bytes(4, "big")}
    assert bodies[1][9:] != bodies[2][9:]
    assert opened(bodies[0], "Huế") == longest


@pytest.mark.spec("HELP-7")
def test_a_changed_bit_does_not_open() -> None:
    body = sealed(request())
    for at in (1, 4, 8, 9, 40, 41, 2_000, 4_095):
        changed = bytearray(body)
        changed[at] ^= 1
        with pytest.raises(VerificationError):
            opened(bytes(changed), "Huế")


@pytest.mark.spec("HELP-7", "HELP-10")
def test_another_length_version_or_header_is_refused() -> None:
    body = sealed(request())
    for wrong in (b"", body[:-1], body + b"\0", bytes(10_000_000)):
        with pytest.raises(MalformedError, match="4096 bytes"):
            SealedHelp.decode(wrong)
    for version in (0, 2, 255):
        with pytest.raises(UnsupportedVersionError):
            SealedHelp.decode(bytes([version]) + body[1:])
    for head in (b"\1" + bytes(4) + body[5:9], body[:5] + b"\xff" * 4):
        with pytest.raises(MalformedError, match="header"):
            SealedHelp.decode(head + body[9:])


def test_a_sealed_request_is_written_as_it_was_read() -> None:
    body = sealed(request())
    read = SealedHelp.decode(body)
    assert read.encode() == body
    assert (read.keys_number, read.expires) == (3, TODAY + 7)
    assert len(read.name) == 64
    assert read.name != SealedHelp.decode(sealed(request())).name


@pytest.mark.spec("HELP-5", "HELP-6", "HELP-9")
@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("version", 2), ("commune", "1975"), ("who", ""), ("who", "x" * 121), ("who", "a\nb"),
        ("who", "ệ" * 41), ("who", "a\u202eb"), ("message", "x" * 1_201), ("message", " "),
        ("message", "a\0"), ("outcome", "fine"), ("outcome", ""), ("age_band", "66"),
        ("language", "fr"), ("asked", -1), ("asked", True), ("asked", 2**32), ("diary", []),
        ("callback", {"kind": "none"}), ("callback", {}), ("callback", "call"),
        ("callback", {"kind": "code", "code": "1234567"}),
        ("callback", {"kind": "code", "code": "1234567x"}),
        ("callback", {"kind": "code", "code": "12345678", "telephone": "115"}),
        ("callback", {"kind": "call", "telephone": "x", "from_hour": 0, "until_hour": 24}),
        ("callback", {"kind": "call", "telephone": "115", "from_hour": 9, "until_hour": 9}),
        ("callback", {"kind": "call", "telephone": "115", "from_hour": 0, "until_hour": 25}),
        ("callback", {"kind": "visit", "address": "", "day": 1, "from_hour": 0, "until_hour": 1}),
        ("callback", {"kind": "visit", "address": "x", "day": -1, "from_hour": 0, "until_hour": 1}),
    ],
)  # fmt: skip
def test_a_request_that_no_app_writes_is_refused(field: str, wrong: Any) -> None:
    value: Any = request().to_value()
    with pytest.raises(MalformedError):
        opened(resealed({**value, field: wrong}), "Huế")


@pytest.mark.spec("HELP-6", "HELP-9")
@pytest.mark.parametrize(
    "payload", [b"", bytes(4_039), b"\x80" * 4_039, b"{} \x80" + bytes(4_035), b"\x80" * 100]
)
def test_what_opens_and_is_no_padded_object_is_refused(payload: bytes) -> None:
    with pytest.raises(MalformedError):
        SealedHelp(keys_number=3, expires=Day(TODAY + 7), sealed=resealed(payload)[9:]).open(
            [private("Huế")]
        )


@pytest.mark.spec("HELP-5", "HELP-6")
def test_an_app_cannot_make_such_a_request_either() -> None:
    for wrong in ({"who": "e\u0302"}, {"commune": "x"}, {"message": "\u200b"}):
        with pytest.raises(MalformedError) as refusal:
            request(**wrong)
        assert not any(word in str(refusal.value) for word in wrong.values())
    with pytest.raises(ValueError, match="vi and en"):
        request(language="fr")


@pytest.mark.spec("HELP-5")
def test_a_code_is_eight_digits_of_a_draw() -> None:
    assert ICallYou.draw(rand=lambda length: b"\0" * (length - 1) + b"\7").code == "00000007"


@pytest.mark.spec("HELP-10")
def test_a_server_keeps_a_request_for_seven_days_by_the_lists_that_hold() -> None:
    read = SealedHelp.decode(sealed(request()))
    for days in (-1, 0, 6):
        read.require_acceptable(now=Instant(NOW + days * DAY), documents={2, 3})
    for days in (-2, 7, 30):
        with pytest.raises(PolicyError, match="kept for 7 days"):
            read.require_acceptable(now=Instant(NOW + days * DAY), documents={3})
    with pytest.raises(ExpiredError, match="station keys 3 are replaced"):
        read.require_acceptable(now=NOW, documents={4})


@pytest.mark.spec("HELP-11")
def test_answers_have_one_length_and_say_why() -> None:
    answers = [encode_help_answer(), *map(encode_help_answer, HELP_REFUSALS)]
    assert {len(answer) for answer in answers} == {256}
    assert json.loads(answers[0]) == {"accepted": True}
    check_help_answer(answers[0])
    for refusal, error in HELP_REFUSALS.items():
        assert json.loads(encode_help_answer(refusal)) == {"accepted": False, "refusal": refusal}
        with pytest.raises(error, match=refusal):
            check_help_answer(encode_help_answer(refusal))
    for other in (b"", answers[0][:-1], b"{}".ljust(256)):
        with pytest.raises(TransportError):
            check_help_answer(other)
    with pytest.raises(ValueError, match="no refusal"):
        encode_help_answer("other")


def test_reprs_say_nothing() -> None:
    shown = chain(map(repr, WAYS), [repr(request()), repr(SealedHelp.decode(sealed(request())))])
    for text in shown:
        assert not any(word in text for word in ("Lệ", "84912", "115", "Lê Lợi", "0123", "sốt"))


@given(st.binary(max_size=120))
def test_anything_that_somebody_seals_is_a_request_or_refused(data: bytes) -> None:
    with contextlib.suppress(Dp3tError):
        opened(resealed(pad(data, to_bytes=4_039)), "Huế")
