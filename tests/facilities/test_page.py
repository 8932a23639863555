"""spec/facilities/record.md: pages of the record."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.canonical_json import decode_json, encode_json
from dp3t.errors import Dp3tError, LimitError, MalformedError, UnknownKeyError, VerificationError
from dp3t.facilities.page import MAX_PAGE_ACTS, MAX_PAGE_BYTES, RecordPage, fitting
from dp3t.publication.signing import SigningKey, TrustedKeys, VerificationKey
from dp3t.timeline import Instant
from facility_pages import paged
from spec.vectors.builders.board_refusals import base
from spec.vectors.builders.facility_record import REGION, SERVER, SERVERS, at, key_of

ACTS = base().acts
PAGES, _ = paged(ACTS)
PAGE = RecordPage.open(PAGES[1], trusted=SERVERS)
SAID: dict[str, Any] = dict(decode_json(PAGE.encode(), limit_bytes=MAX_PAGE_BYTES))  # type: ignore[arg-type]  # a page is a map
ROW = SAID["acts"][0]


def test_a_page_that_is_read_is_the_one_that_was_signed() -> None:
    assert PAGE.sign(SERVER) == PAGES[1]
    assert (PAGE.number, PAGE.first) == (1, 4)
    assert PAGE.acts == tuple(ACTS[4:8])


@pytest.mark.spec("RECORD-10")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("version", 2), ("region", "vn"), ("number", -1), ("made", 2**32), ("first", -1),
        ("previous", "00"), ("previous", SAID["previous"].upper()), ("acts", []), ("acts", {}),
        ("acts", [{**ROW, "act": "AA"}]), ("acts", [{**ROW, "act": "AB=="}]),
        ("acts", [{**ROW, "act": "A A="}]), ("acts", [{**ROW, "act": "é"}]),
        ("acts", [{**ROW, "more": 1}]), ("acts", [{"act": ROW["act"]}]),
        ("acts", [{**ROW, "received": -1}]), ("more", 1),
    ],
)  # fmt: skip
def test_a_map_with_another_value_is_no_page(name: str, value: Any) -> None:
    """Negative: one field at a time."""
    with pytest.raises(MalformedError):
        RecordPage.decode(encode_json({**SAID, name: value}))


@pytest.mark.spec("RECORD-1", "RECORD-10")
def test_acts_that_were_received_out_of_order_make_no_page() -> None:
    """Negative: nor one made before its last act was received."""
    later = [{**ROW, "received": ROW["received"] + 1}, ROW]
    with pytest.raises(MalformedError, match="order of receipt"):
        RecordPage.decode(encode_json({**SAID, "acts": later}))
    with pytest.raises(MalformedError, match="order of receipt"):
        RecordPage.decode(encode_json({**SAID, "made": ROW["received"] - 1}))


@pytest.mark.spec("RECORD-10")
def test_a_page_has_no_more_acts_and_bytes_than_allowed() -> None:
    """Negative."""
    small = {**ROW, "act": ""}
    RecordPage.decode(encode_json({**SAID, "acts": [small] * MAX_PAGE_ACTS}))
    with pytest.raises(LimitError):
        RecordPage.decode(encode_json({**SAID, "acts": [small] * (MAX_PAGE_ACTS + 1)}))
    with pytest.raises(LimitError):
        RecordPage.decode(PAGE.encode().ljust(MAX_PAGE_BYTES + 1))
    many = tuple((PAGE.made, bytes(60_000)) for _ in range(53))
    with pytest.raises(LimitError):
        _page(many).encode()
    with pytest.raises(LimitError):
        _page(((PAGE.made, b""),) * (MAX_PAGE_ACTS + 1))


def _page(acts: tuple[tuple[Instant, bytes], ...]) -> RecordPage:
    return RecordPage(
        number=0, region=REGION, made=PAGE.made, previous=bytes(32), first=0, acts=acts
    )


@pytest.mark.spec("RECORD-10")
@given(st.lists(st.integers(0, 65_608), min_size=1, max_size=120))
def test_as_many_acts_as_fit_fill_a_page_and_one_more_would_not_go_in(sizes: list[int]) -> None:
    acts = [(PAGE.made, bytes(size)) for size in sizes]
    found = fitting(acts)
    assert found == tuple(acts[: len(found)])
    assert found
    assert len(_page(found).encode()) <= MAX_PAGE_BYTES
    if len(found) < len(acts):
        assert sum(4 * len(signed) / 3 + 64 for _, signed in acts[: len(found) + 1]) > 4_100_000


@pytest.mark.spec("RECORD-10")
def test_long_acts_fill_a_page_before_many_do() -> None:
    found = fitting([(PAGE.made, bytes(60_000))] * 100)
    assert MAX_PAGE_BYTES - 90_000 < len(_page(found).encode()) <= MAX_PAGE_BYTES


def test_no_more_acts_fit_than_a_page_may_have() -> None:
    assert len(fitting([(PAGE.made, b"")] * 5_000)) == MAX_PAGE_ACTS


@pytest.mark.spec("RECORD-12")
def test_a_page_that_is_altered_or_of_another_signer_is_not_authentic() -> None:
    """Negative."""
    for place in (8, 71, 100, len(PAGES[1]) - 60):
        altered = bytearray(PAGES[1])
        altered[place] ^= 1
        with pytest.raises(VerificationError):
            RecordPage.open(bytes(altered), trusted=SERVERS)
    with pytest.raises(UnknownKeyError):
        RecordPage.open(PAGE.sign(key_of("another")), trusted=SERVERS)
    with pytest.raises(VerificationError):
        RecordPage.open(SERVER.sign(PAGE.encode(), context="facility map 1"), trusted=SERVERS)


@pytest.mark.spec("RECORD-12")
def test_a_key_signs_no_page_of_a_moment_for_which_it_may_not_speak() -> None:
    """Negative: and none that it signed so is read."""
    ended = SigningKey(seed=SERVER.seed, valid_from=Instant(0), valid_until=PAGE.made)
    with pytest.raises(UnknownKeyError):
        PAGE.sign(ended)
    trusted = TrustedKeys(
        [VerificationKey(public=SERVER.public().public, valid_from=at(9, 0), valid_until=at(10, 0))]
    )
    with pytest.raises(UnknownKeyError):
        RecordPage.open(PAGES[1], trusted=trusted)


@pytest.mark.spec("RECORD-9")
def test_the_log_names_a_page_by_number_moment_and_region() -> None:
    entry = PAGE.logged(PAGES[1])
    assert entry.slot == ("facilities", "VN-26", "page-1", PAGE.made)
    entry.require_describes(PAGES[1])


@given(st.binary(max_size=200) | st.binary().map(lambda more: PAGE.encode()[:300] + more))
def test_any_payload_is_a_page_or_refused(payload: bytes) -> None:
    try:
        assert RecordPage.decode(payload).encode() == payload
    except Dp3tError:
        return
