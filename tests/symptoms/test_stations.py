"""spec/symptoms/help.md: the list of stations."""

import contextlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.canonical_json import decode_json, encode_json
from dp3t.errors import (
    Dp3tError,
    ExpiredError,
    LimitError,
    MalformedError,
    PolicyError,
    TooEarlyError,
    UnknownKeyError,
    VerificationError,
)
from dp3t.primitives import sha256
from dp3t.publication.signing import HEADER_BYTES, SigningKey, TrustedKeys
from dp3t.symptoms.stations import MAX_STATION_KEYS_BYTES, StationKeys
from dp3t.timeline import Instant
from stations import AUTHORITY, DA_NANG, DAY, HUE, NOW, TRUSTED, private, station, station_keys

CONTEXT = "dp3t station keys 1"


def opened(data: bytes, *, now: int = NOW, newest: int = 0) -> StationKeys:
    return StationKeys.open(data, trusted=TRUSTED, now=Instant(now), newest=newest)


def signed(value: Any) -> bytes:
    return AUTHORITY.sign(encode_json(value), context=CONTEXT)


def value() -> Any:
    return decode_json(station_keys().sign(AUTHORITY)[HEADER_BYTES:], limit_bytes=2**16)


@pytest.mark.spec("HELP-1")
def test_a_list_is_read_as_it_was_signed() -> None:
    keys = station_keys()
    assert opened(keys.sign(AUTHORITY)) == keys
    assert opened(keys.sign(AUTHORITY)).sign(AUTHORITY) == keys.sign(AUTHORITY)


@pytest.mark.spec("HELP-1")
@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("version", 2), ("number", 0), ("number", 2**32), ("valid_until", NOW - DAY),
        ("stations", []), ("stations", {}), ("stations", [1]), ("more", 1),
    ],
)  # fmt: skip
def test_a_list_of_another_form_is_refused(field: str, wrong: Any) -> None:
    with pytest.raises(MalformedError):
        opened(signed({**value(), field: wrong}))


@pytest.mark.spec("HELP-1")
@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("commune", "1975"), ("commune", "1975x"), ("commune", "١٩٧٥٠"), ("telephone", "12"),
        ("telephone", "+84 912"), ("telephone", "1" * 16), ("key", "00" * 32), ("key", "AB" * 32),
        ("key", "ab" * 31), ("valid_until", NOW - DAY), ("valid_from", -1), ("more", 1),
        ("name", {"vi": "Trạm"}), ("name", {"vi": "Trạm", "en": " "}),
        ("name", {"vi": "T\u202er", "en": "x"}), ("name", {"vi": "T\0", "en": "x"}),
        ("name", {"vi": "T", "en": "x" * 121}), ("name", {"vi": "T", "en": "x", "fr": "x"}),
    ],
)  # fmt: skip
def test_a_station_of_another_form_is_refused(field: str, wrong: Any) -> None:
    document = value()
    document["stations"][0] |= {field: wrong}
    with pytest.raises(MalformedError):
        opened(signed(document))


@pytest.mark.spec("HELP-1")
def test_stations_twice_or_out_of_order_are_refused() -> None:
    document = value()
    first, second = document["stations"]
    for wrong in ([second, first], [first, first]):
        with pytest.raises(MalformedError, match="twice or out of order"):
            opened(signed({**document, "stations": wrong}))


@pytest.mark.spec("HELP-1")
def test_a_list_that_is_too_long_is_refused_unread() -> None:
    with pytest.raises(LimitError):
        opened(bytes(MAX_STATION_KEYS_BYTES + 1))
    document = value()
    with pytest.raises(LimitError):
        opened(signed({**document, "stations": [0] * 16_385}))


@pytest.mark.spec("HELP-3")
def test_a_list_that_another_signed_is_refused() -> None:
    other = SigningKey(seed=sha256(b"x"), valid_from=Instant(0), valid_until=Instant(2**32 - 1))
    with pytest.raises(UnknownKeyError):
        opened(station_keys().sign(other))
    data = bytearray(station_keys().sign(AUTHORITY))
    data[-2] ^= 1
    with pytest.raises(VerificationError):
        opened(bytes(data))
    with pytest.raises(VerificationError):
        opened(
            AUTHORITY.sign(station_keys().sign(AUTHORITY)[HEADER_BYTES:], context="dp3t batch 1")
        )


@pytest.mark.spec("HELP-3")
def test_a_list_signed_with_a_key_past_its_time_is_refused() -> None:
    old = replace(AUTHORITY, valid_until=Instant(NOW - DAY))
    with pytest.raises(UnknownKeyError):
        StationKeys.open(
            station_keys().sign(AUTHORITY), trusted=TrustedKeys([old.public()]), now=NOW
        )


@pytest.mark.spec("HELP-3")
def test_a_list_holds_from_its_beginning_to_its_end() -> None:
    data = station_keys().sign(AUTHORITY)
    opened(data, now=NOW - DAY)
    opened(data, now=NOW + DAY - 1)
    with pytest.raises(TooEarlyError, match="3 do not hold yet"):
        opened(data, now=NOW - DAY - 1)
    with pytest.raises(ExpiredError, match="3 no longer hold"):
        opened(data, now=NOW + DAY)


@pytest.mark.spec("HELP-3")
def test_a_list_older_than_one_that_was_seen_is_refused() -> None:
    data = station_keys(number=3).sign(AUTHORITY)
    opened(data, newest=3)
    with pytest.raises(ExpiredError, match="3 are replaced by 4"):
        opened(data, newest=4)


@pytest.mark.spec("HELP-4")
def test_the_newest_key_of_the_moment_is_taken() -> None:
    keys = station_keys(
        station(HUE, "old", start=NOW - 10, end=NOW + 5),
        station(HUE, "new", start=NOW, end=NOW + 10),
        station(DA_NANG, "other"),
    )
    taken = [keys.station(HUE, now=Instant(NOW + at)).key for at in (-10, -1, 0, 4, 5, 9)]
    old, new = private("old").public(), private("new").public()
    assert taken == [old, old, new, new, new, new]
    for commune, moment in ((HUE, NOW - 11), (HUE, NOW + 10), ("00001", NOW)):
        with pytest.raises(PolicyError) as refusal:
            keys.station(commune, now=Instant(moment))
        assert commune not in str(refusal.value)


@given(st.binary(max_size=200))
def test_any_signed_payload_is_a_list_or_refused(payload: bytes) -> None:
    with contextlib.suppress(Dp3tError):
        opened(AUTHORITY.sign(payload, context=CONTEXT))
