"""spec/facilities/record.md: an audit finds what was altered, left out or put in."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dp3t.facilities.audit import WHOLE_PAGE, Audit, compare
from dp3t.facilities.judging import read_content
from dp3t.facilities.ledger import Content
from dp3t.facilities.objection import Objection
from dp3t.facilities.page import ReceivedAct, RecordPage, page_digest
from dp3t.facilities.snapshot import FacilityMap
from dp3t.publication.token_keys import TokenKeys
from dp3t.publication.transparency import Entry
from dp3t.timeline import Instant
from facility_pages import audited, paged
from spec.vectors.builders.board_states import life
from spec.vectors.builders.facility_record import SERVER, SERVERS, at, key_of

EACH = 8
NOW = at(8, 12)


@cache
def acts() -> tuple[ReceivedAct, ...]:
    return tuple(life().acts)


@cache
def honest() -> tuple[list[bytes], list[Entry]]:
    return paged(acts(), each=EACH)


def rewritten(changed: Sequence[ReceivedAct]) -> Audit:
    """Return the audit of a record that the server signed anew after it had logged the honest."""
    pages, _ = paged(changed, each=EACH)
    return audited(pages, honest()[1])


def whats(audit: Audit) -> list[str]:
    return [str(fault) for fault in audit.faults]


def chain_of(signed: bytes) -> str:
    content: Content = read_content(signed)
    if isinstance(content, Objection | TokenKeys):
        return ""
    return str(getattr(content, "facility", "")) if content.kind == "attestation" else "authority"


@pytest.mark.spec("RECORD-13")
def test_an_honest_record_has_no_fault_and_gives_the_map() -> None:
    pages, entries = honest()
    audit = audited(pages, entries)
    assert audit.faults == []
    assert (audit.pages, audit.board.acts) == (len(pages), len(acts()))
    shown = FacilityMap.of(life().board(), made=NOW, pages=len(pages))
    assert compare(audit.board, shown) == ()


@pytest.mark.spec("RECORD-13")
def test_any_act_that_was_left_out_is_found_with_its_page() -> None:
    """Negative: at the next act of its chain, or by the page in which it stood."""
    for place, (_, left_out) in enumerate(acts()):
        audit = rewritten([*acts()[:place], *acts()[place + 1 :]])
        assert audit.faults[0].page == place // EACH
        assert audit.faults[0].what in (
            "the log holds another",
            "the log holds it, and it is missing",
        )
        chain = chain_of(left_out)
        later = [chain_of(signed) for _, signed in acts()[place + 1 :]]
        if chain and chain in later:
            named = next(fault for fault in audit.faults if fault.act != WHOLE_PAGE)
            assert place <= named.act <= place + later.index(chain)


@pytest.mark.spec("RECORD-13")
def test_any_act_that_was_altered_is_named() -> None:
    """Negative: whatever byte of it, also if the server signs and logs the page as its own."""
    for place, (received, signed) in enumerate(acts()):
        at_byte = 7_919 * (place + 1) % len(signed)
        altered = signed[:at_byte] + bytes([signed[at_byte] ^ 1]) + signed[at_byte + 1 :]
        changed = [*acts()[:place], (received, altered), *acts()[place + 1 :]]
        audit = audited(*paged(changed, each=EACH))
        assert [(fault.page, fault.act) for fault in audit.faults] == [(place // EACH, place)]
        assert audit.board.acts == place


@pytest.mark.spec("RECORD-13")
@given(st.integers(0, 2**20), st.integers(0, 2**20))
@settings(max_examples=25, deadline=None)
def test_whatever_byte_of_an_act_is_altered_it_is_named(place: int, at_byte: int) -> None:
    """Negative: also where the log has the honest page."""
    place %= len(acts())
    received, signed = acts()[place]
    at_byte %= len(signed)
    altered = signed[:at_byte] + bytes([signed[at_byte] ^ 1]) + signed[at_byte + 1 :]
    changed = [*acts()[:place], (received, altered), *acts()[place + 1 :]]
    found = [(fault.page, fault.act) for fault in rewritten(changed).faults]
    assert (place // EACH, WHOLE_PAGE) in found
    assert (place // EACH, place) in found


@pytest.mark.spec("RECORD-13", "RECORD-12")
@given(st.integers(0, 2**20))
@settings(max_examples=25, deadline=None)
def test_a_page_that_somebody_else_altered_is_found(at_byte: int) -> None:
    """Negative: on a mirror, or on the way."""
    pages, entries = honest()
    number = at_byte % len(pages)
    page = bytearray(pages[number])
    page[at_byte % len(page)] ^= 1
    audit = audited([*pages[:number], bytes(page), *pages[number + 1 :]], entries)
    assert audit.faults[0].page == number


@pytest.mark.spec("RECORD-13")
def test_the_act_that_was_altered_in_a_page_is_named_though_the_page_is_not_authentic() -> None:
    """Negative."""
    pages, entries = honest()
    page = RecordPage.open(pages[3], trusted=SERVERS)
    received, signed = page.acts[2]
    altered = (received, signed[:-2] + bytes([signed[-2] ^ 1]) + signed[-1:])
    held = (*page.acts[:2], altered, *page.acts[3:])
    changed = RecordPage(
        number=3,
        region=page.region,
        made=page.made,
        previous=page.previous,
        first=page.first,
        acts=held,
    )
    forged = pages[3][:72] + changed.encode()
    audit = audited([*pages[:3], forged, *pages[4:]], entries)
    assert "does not verify" in whats(audit)[0]
    assert (3, 3 * EACH + 2) in [(fault.page, fault.act) for fault in audit.faults]


@pytest.mark.spec("RECORD-13", "RECORD-11")
def test_a_page_that_is_missing_swapped_or_put_twice_is_found() -> None:
    """Negative."""
    pages, entries = honest()
    for place in range(len(pages)):
        audit = audited([*pages[:place], *pages[place + 1 :]], entries)
        assert whats(audit) == [f"page {place}: the log holds it, and it is missing"]
        assert (audit.board.acts, audit.pages) == (place * EACH, len(pages) - 1)
    turned = audited([pages[1], pages[0], *pages[2:]], entries)
    assert whats(turned) == ["page 0: it comes twice, or out of order"]
    assert turned.board.acts == 0
    twice = audited([pages[0], *pages], entries)
    assert whats(twice) == ["page 0: it comes twice, or out of order"]
    assert twice.board.acts == len(acts())


@pytest.mark.spec("RECORD-13")
@pytest.mark.parametrize("left_out", [None, 0, 3])
def test_behind_a_page_that_nobody_can_read_the_others_are_held_to_the_log(
    left_out: int | None,
) -> None:
    """Negative: it alone is named, and what is missing, and what else is wrong."""
    pages, entries = honest()
    for other in (b"", pages[1][:100], SERVER.sign(b"{}", context="record page 1")):
        given = [pages[0], other, *pages[2:]]
        missing = set[int]()
        if left_out is not None:
            del given[left_out]
            missing = {1} if left_out == 0 else {left_out}
        audit = audited(given, entries)
        is_moved = left_out == 0
        assert {fault.page for fault in audit.faults} == ({0, 1} if is_moved else {1} | missing)
        assert audit.board.acts == (0 if is_moved else EACH)
    page = RecordPage.open(pages[4], trusted=SERVERS)
    forged = replace(page, made=Instant(page.made + 1)).sign(SERVER)
    audit = audited([pages[0], b"", *pages[2:4], forged, *pages[5:]], entries)
    assert [(fault.page, fault.what) for fault in audit.faults[1:]] == [
        (4, "the log holds another")
    ]


@pytest.mark.spec("RECORD-13", "RECORD-12")
def test_of_a_page_that_was_altered_it_alone_is_named_whatever_field_it_was() -> None:
    """Negative: the number, what it continues, its first act, an act less; and the signature."""
    pages, entries = honest()
    page = RecordPage.open(pages[3], trusted=SERVERS)
    for changed in (
        replace(page, number=5),
        replace(page, number=0),
        replace(page, previous=page_digest(pages[4])),
        replace(page, first=0),
        replace(page, acts=page.acts[:-1]),
        page,
    ):
        forged = bytes(72) + changed.encode()
        audit = audited([*pages[:3], forged, *pages[4:]], entries)
        assert {fault.page for fault in audit.faults} == {3}
        assert "untrusted key" in audit.faults[0].what
        assert audit.board.acts <= 4 * EACH


@pytest.mark.spec("RECORD-13", "TOKENS-14")
def test_a_list_of_token_keys_that_is_in_no_log_is_named_with_its_act() -> None:
    """Negative: the server could show it to one person, and sign tokens of its own under it."""
    pages, entries = honest()
    (place,) = [n for n, (_, signed) in enumerate(acts()) if signed[72:73] != b"{"]
    for first, broken in ((0, False), (1, True)):
        audit = audited(pages[first:], entries, lists=())
        named = [fault for fault in audit.faults if fault.act != WHOLE_PAGE]
        assert [(fault.page, fault.act) for fault in named] == [(place // EACH, place)]
        assert "does not hold this list" in named[0].what
        assert (audit.board.acts == len(acts())) is not broken


@pytest.mark.spec("RECORD-13", "RECORD-11")
def test_a_page_that_does_not_continue_the_one_before_is_found_though_it_is_logged() -> None:
    """Negative: the server has logged it so."""
    pages, entries = honest()
    page = RecordPage.open(pages[-1], trusted=SERVERS)
    for name, value, what in (
        ("previous", bytes(32), "does not continue"),
        ("number", 99, "has the number 99"),
        ("first", 1, "begins with act 1"),
        ("region", "VN-27", "another region"),
    ):
        said = {n: getattr(page, n) for n in ("number", "region", "made", "previous", "first")}
        other = RecordPage(**{**said, name: value}, acts=page.acts)
        signed = other.sign(SERVER)
        found = whats(audited([*pages[:-1], signed], [*entries[:-1], other.logged(signed)]))
        assert any(what in each for each in found), name


@pytest.mark.spec("RECORD-13", "RECORD-9")
def test_a_page_that_the_log_does_not_hold_at_its_place_is_found() -> None:
    """Negative: nor in another order, under another name or at another moment."""
    pages, entries = honest()
    assert "the log does not hold it" in whats(audited(pages, entries[:-1]))[0]
    swapped = [entries[1], entries[0], *entries[2:]]
    assert [fault.page for fault in audited(pages, swapped).faults] == [0, 1]
    page = RecordPage.open(pages[0], trusted=SERVERS)
    for name, moment in (("page-1", page.made), ("page-0", Instant(page.made + 1))):
        other = Entry.of_file(
            pages[0], kind="facilities", region=page.region, name=name, moment=moment
        )
        assert "the log holds another" in whats(audited(pages, [other, *entries[1:]]))[0]


@pytest.mark.spec("RECORD-13")
def test_entries_of_other_files_and_regions_are_passed_over() -> None:
    pages, entries = honest()
    others = [
        Entry.of_file(b"x", kind=kind, region=region, name="page-0", moment=at(0, 0))
        for kind, region in (("batch", "VN-26"), ("facilities", "VN-27"))
    ]
    assert audited(pages, [*others, *entries]).faults == []


@pytest.mark.spec("RECORD-12", "RECORD-13")
def test_a_record_under_the_keys_of_another_server_or_authority_is_found() -> None:
    """Negative."""
    pages, entries = paged(acts(), each=EACH, key=key_of("another server"))
    assert "untrusted key" in whats(audited(pages, entries))[0]


@pytest.mark.spec("RECORD-13")
def test_bytes_that_are_no_page_end_the_replay_with_a_fault() -> None:
    """Negative."""
    pages, entries = honest()
    for other in (b"", pages[1][:100], SERVER.sign(b"{}", context="record page 1")):
        audit = audited([pages[0], other, *pages[2:]], entries)
        assert audit.faults[0].page == 1
        assert audit.board.acts == EACH


@pytest.mark.spec("RECORD-1", "RECORD-13")
def test_times_of_receipt_that_go_back_from_page_to_page_are_found() -> None:
    """Negative: within a page they make no page."""
    turned = [*acts()[EACH : 2 * EACH], *acts()[:EACH], *acts()[2 * EACH :]]
    turned[:EACH] = [(at(0, 5), signed) for _, signed in turned[:EACH]]
    audit = audited(*paged(turned[: 2 * EACH], each=EACH))
    assert any(fault.act != WHOLE_PAGE for fault in audit.faults)
    early = [(Instant(0), acts()[EACH][1])]
    pages, entries = paged([*acts()[:EACH], *early], each=EACH)
    assert "received before" in whats(audited(pages, entries))[-1]


def test_an_audit_replays_as_many_acts_as_a_map_shows() -> None:
    pages, entries = honest()
    audit = audited(pages, entries, acts=20)
    assert (audit.faults, audit.board.acts, audit.pages) == ([], 20, len(pages))
    shown = FacilityMap.of(audit.board, made=at(0, 6), pages=3)
    assert compare(audit.board, shown) == ()
