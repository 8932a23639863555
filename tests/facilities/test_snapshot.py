"""spec/facilities/map.md: the signed map, and what differs from it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.canonical_json import decode_json, encode_json
from dp3t.errors import (
    Dp3tError,
    LimitError,
    MalformedError,
    PolicyError,
    TooEarlyError,
    UnknownKeyError,
    VerificationError,
)
from dp3t.facilities import Difference, FacilityMap, MapRow, State, compare
from dp3t.facilities.snapshot import MAX_MAP_BYTES
from dp3t.publication.signing import SigningKey, TrustedKeys, VerificationKey
from dp3t.timeline import Instant
from spec.vectors.builders.board_states import life
from spec.vectors.builders.facility_record import (
    REGION,
    SERVER,
    SERVERS,
    Record,
    at,
    key_of,
    new_board,
)

NOW = at(8, 12)
BOARD = life().board()
MAP = FacilityMap.of(BOARD, made=NOW, pages=3)
SIGNED = MAP.sign(SERVER)
SAID: dict[str, Any] = dict(decode_json(MAP.encode(), limit_bytes=MAX_MAP_BYTES))  # type: ignore[arg-type]  # a map
ROW = SAID["facilities"][0]


def opened(signed: bytes, *, now: Instant = NOW, region: str = REGION) -> FacilityMap:
    return FacilityMap.open(signed, trusted=SERVERS, region=region, now=now)


@pytest.mark.spec("MAP-1")
def test_a_map_shows_every_enrolled_facility_and_its_state_today() -> None:
    assert opened(SIGNED) == MAP
    assert [row.facility for row in MAP.rows] == sorted(row.facility for row in MAP.rows)
    assert len(MAP.rows) == len(BOARD.facilities(NOW)) == 32
    for row in MAP.rows:
        assert row.state == BOARD.state(row.facility, NOW).state
        assert row.name == BOARD.enrolment(row.facility, NOW).facility.name
    assert (MAP.acts, MAP.pages, MAP.day) == (BOARD.acts, 3, BOARD.local_day(NOW))


@pytest.mark.spec("MAP-1")
def test_a_row_counts_the_objections_that_contest_the_day() -> None:
    at_ten = FacilityMap.of(BOARD, made=at(0, 10), pages=0)
    counted = {row.facility: row.objections for row in at_ten.rows}
    assert {name for name, number in counted.items() if number} == {
        "accused", "cleared", "doubted", "guilty", "hides-contest", "hides-verdict", "mended",
    }  # fmt: skip
    assert {row.objections for row in MAP.rows} == {0}


@pytest.mark.spec("MAP-1")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("version", 2), ("region", "vn"), ("made", -1), ("day", -1), ("acts", -1), ("pages", -1),
        ("facilities", {}), ("facilities", [ROW, ROW]), ("facilities", SAID["facilities"][::-1]),
        ("facilities", [{**ROW, "state": "fine"}]), ("facilities", [{**ROW, "late": 1}]),
        ("facilities", [{**ROW, "objections": -1}]), ("facilities", [{**ROW, "facility": "A"}]),
        ("facilities", [{**ROW, "facility_kind": "1"}]), ("facilities", [{**ROW, "name": ""}]),
        ("facilities", [{**ROW, "name": "a\u202eb"}]), ("facilities", [{**ROW, "address": ""}]),
        ("facilities", [{**ROW, "latitude": 90_000_001}]), ("facilities", [{**ROW, "more": 1}]),
        ("facilities", [{**ROW, "longitude": -180_000_001}]), ("more", 1),
        ("facilities", [{**ROW, "commune": ""}]),
    ],
)  # fmt: skip
def test_a_map_with_another_value_is_none(name: str, value: Any) -> None:
    """Negative: one field at a time."""
    with pytest.raises(MalformedError):
        FacilityMap.decode(encode_json({**SAID, name: value}))


@pytest.mark.spec("MAP-2")
def test_a_map_that_is_altered_or_of_another_signer_is_not_authentic() -> None:
    """Negative."""
    for place in (8, 71, 90, len(SIGNED) - 30):
        altered = bytearray(SIGNED)
        altered[place] ^= 1
        with pytest.raises(VerificationError):
            opened(bytes(altered))
    with pytest.raises(UnknownKeyError):
        opened(MAP.sign(key_of("another")))
    with pytest.raises(VerificationError):
        opened(SERVER.sign(MAP.encode(), context="record page 1"))


@pytest.mark.spec("MAP-2")
def test_a_map_of_another_region_or_of_the_future_is_refused() -> None:
    """Negative."""
    with pytest.raises(VerificationError, match="region"):
        opened(SIGNED, region="VN-27")
    opened(SIGNED, now=Instant(NOW - 7_200))
    with pytest.raises(TooEarlyError):
        opened(SIGNED, now=Instant(NOW - 7_201))


@pytest.mark.spec("MAP-2")
def test_a_key_signs_no_map_of_a_moment_for_which_it_may_not_speak() -> None:
    """Negative: and none that it signed so is read."""
    with pytest.raises(UnknownKeyError):
        MAP.sign(SigningKey(seed=SERVER.seed, valid_from=Instant(0), valid_until=NOW))
    later = VerificationKey(
        public=SERVER.public().public, valid_from=Instant(NOW + 1), valid_until=at(20, 0)
    )
    with pytest.raises(UnknownKeyError):
        FacilityMap.open(SIGNED, trusted=TrustedKeys([later]), region=REGION, now=NOW)


@pytest.mark.spec("MAP-3")
def test_a_map_that_says_what_the_record_says_has_no_difference() -> None:
    assert compare(BOARD, MAP) == ()


@pytest.mark.spec("MAP-3")
@pytest.mark.parametrize(
    "change",
    [
        {"state": State.SAFE}, {"late": True}, {"objections": 1}, {"name": "Another"},
        {"address": "elsewhere"}, {"latitude_microdegrees": 1}, {"longitude_microdegrees": 1},
        {"commune": "1"}, {"facility_kind": "clinic"},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_every_facility_that_the_map_shows_otherwise_is_named(change: dict[str, Any]) -> None:
    """Negative: whichever value of the row it is."""
    place = next(n for n, row in enumerate(MAP.rows) if row.facility == "critical")
    row = MAP.rows[place]
    shown = replace(row, **change)
    rows = (*MAP.rows[:place], shown, *MAP.rows[place + 1 :])
    assert compare(BOARD, replace(MAP, rows=rows)) == (
        Difference("critical", shown.state, row.state),
    )


@pytest.mark.spec("MAP-3")
def test_a_facility_that_is_left_out_or_made_up_is_named() -> None:
    """Negative."""
    made_up: MapRow = replace(MAP.rows[-1], facility="zz-made-up", state=State.SAFE)
    shown = replace(MAP, rows=(*MAP.rows[1:], made_up))
    first = MAP.rows[0]
    assert compare(BOARD, shown) == (
        Difference(first.facility, None, first.state),
        Difference("zz-made-up", State.SAFE, None),
    )


@pytest.mark.spec("MAP-3")
def test_a_map_of_another_number_of_acts_is_not_compared() -> None:
    """Negative: what it shows may come of acts that were not replayed."""
    for acts in (MAP.acts - 1, MAP.acts + 1):
        with pytest.raises(PolicyError, match="acts"):
            compare(BOARD, replace(MAP, acts=acts))


def test_a_region_without_settings_has_no_map() -> None:
    with pytest.raises(LookupError):
        FacilityMap.of(new_board(), made=NOW, pages=0)


def test_a_region_without_facilities_has_an_empty_one() -> None:
    record = Record()
    record.settle(at(0, 1))
    assert FacilityMap.of(record.board(), made=NOW, pages=0).rows == ()


@given(st.binary(max_size=200) | st.binary().map(lambda more: MAP.encode()[:400] + more))
def test_any_payload_is_a_map_or_refused(payload: bytes) -> None:
    try:
        assert FacilityMap.decode(payload).encode() == payload
    except Dp3tError:
        return


@pytest.mark.spec("MAP-1")
@pytest.mark.parametrize("name", ["MAX_FACILITIES", "MAX_MAP_BYTES"])
def test_a_map_that_no_reader_takes_is_not_signed(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative: one facility, or one byte, more."""
    most = {"MAX_FACILITIES": len(MAP.rows), "MAX_MAP_BYTES": len(MAP.encode())}[name]
    monkeypatch.setattr(f"dp3t.facilities.snapshot.{name}", most)
    assert MAP.sign(SERVER) == SIGNED
    monkeypatch.setattr(f"dp3t.facilities.snapshot.{name}", most - 1)
    with pytest.raises(LimitError):
        MAP.sign(SERVER)
