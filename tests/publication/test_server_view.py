"""What a reader remembers of a server; spec/publication/index.md, "Old and other indexes"."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batches import batch_of_keys
from dp3t.errors import Dp3tError, MalformedError, VerificationError
from dp3t.params import DAY_SECONDS
from dp3t.publication.index import Index
from dp3t.publication.listing import DayEntry
from dp3t.publication.server_view import ServerView, Witnesses
from dp3t.publication.signing import TrustedKeys, VerificationKey
from dp3t.publication.transparency import StoredTree
from dp3t.timeline import Day, Instant
from file_server import NOON, Publisher, view_of
from publication_cases import altered

SLOT = 7200
PUBLISHER = Publisher()
PUBLISHER.publish(batch_of_keys([], design="gaen", region="VN-HN", release=NOON))
FRESH = view_of(PUBLISHER)


def accepted(publisher: Publisher, view: ServerView) -> tuple[Index, ServerView]:
    """Accept the index as it stands, and its log."""
    index, seen = view.accept(publisher.index(), now=publisher.issued)
    old = view.log.size
    tree = StoredTree(publisher.log.edge.size, publisher.log.files.__getitem__)
    proof = tree.prefix_proof(old) if 0 < old < tree.size else ()
    return index, seen.with_checkpoint(index, proof, now=publisher.issued)


SEEN = accepted(PUBLISHER, FRESH)[1].with_day(
    DayEntry(day=Day(3), size_bytes=9, digest=bytes(range(32)))
)


@pytest.mark.spec("INDEX-17")
@pytest.mark.parametrize("view", [FRESH, SEEN], ids=["fresh", "seen"])
def test_a_view_is_kept_and_comes_back(view: ServerView) -> None:
    assert ServerView.decode(view.encode()) == view


@pytest.mark.spec("INDEX-17")
@given(data=altered(SEEN.encode()))
def test_an_altered_view_is_refused_or_is_the_encoding_of_another(data: bytes) -> None:
    try:
        view = ServerView.decode(data)
    except Dp3tError:
        return
    assert view.encode() == data


@pytest.mark.spec("INDEX-17")
@given(data=st.binary(max_size=200))
def test_other_bytes_are_no_view(data: bytes) -> None:
    with pytest.raises(MalformedError):
        ServerView.decode(data)


def test_the_first_index_brings_number_keys_and_log() -> None:
    index, view = accepted(PUBLISHER, FRESH)
    assert (view.number, view.issued, view.region) == (index.number, index.issued, "VN-HN")
    assert view.log_key == PUBLISHER.log.key
    assert view.log.size == 1


def test_days_that_the_index_no_longer_names_are_forgotten() -> None:
    assert SEEN.days_read
    _, view = accepted(PUBLISHER, SEEN)
    assert not view.days_read


@pytest.mark.spec("SIGNING-7")
@pytest.mark.parametrize(
    ("slots_ago", "oldest"),
    [((), NOON), ((1, 3), NOON - 3 * SLOT), ((1, 60), NOON - 5 * DAY_SECONDS - NOON % DAY_SECONDS)],
    ids=["no batch", "recent batches", "a day's list"],
)
def test_a_key_that_ended_before_every_batch_of_the_index_is_forgotten(
    slots_ago: tuple[int, ...], oldest: int
) -> None:
    publisher = Publisher()
    for slots in slots_ago:
        release = Instant(NOON - slots * SLOT)
        publisher.publish(batch_of_keys([], design="gaen", region="VN-HN", release=release))
    ended, needed = (
        VerificationKey(public=bytes([which]) * 32, valid_from=Instant(0), valid_until=until)
        for which, until in ((1, Instant(oldest)), (2, Instant(oldest + 1)))
    )
    signing = publisher.key.public()
    view = ServerView(trusted=TrustedKeys([ended, needed, signing]))
    _, seen = view.accept(publisher.index(), now=NOON)
    assert seen.trusted == TrustedKeys([needed, signing])


@pytest.mark.spec("INDEX-12")
def test_an_index_of_another_region_is_refused() -> None:
    other = Publisher(key=PUBLISHER.key, region="VN-SG", number=2**40)
    with pytest.raises(VerificationError, match="another region"):
        SEEN.accept(other.index(), now=NOON)


@pytest.mark.spec("INDEX-12")
def test_a_newer_number_with_an_earlier_time_is_refused() -> None:
    other = Publisher(key=PUBLISHER.key, number=2**40, issued=Instant(NOON - SLOT))
    with pytest.raises(VerificationError, match="older"):
        SEEN.accept(other.index(), now=NOON)


@pytest.mark.spec("INDEX-13")
def test_a_log_key_that_is_none_is_refused() -> None:
    view = ServerView(trusted=FRESH.trusted, log_key="nothing")
    with pytest.raises(MalformedError):
        view.policy(Witnesses())


@pytest.mark.spec("INDEX-15")
def test_only_the_entry_of_the_batch_stands_at_its_place() -> None:
    index, view = accepted(PUBLISHER, FRESH)
    (entry,) = index.entries
    view.require_logged(entry, ())
    with pytest.raises(MalformedError):
        view.require_logged(entry, (bytes(32),))
    faults: tuple[dict[str, Any], ...] = (
        {"digest": bytes(32)},
        {"size_bytes": 1},
        {"design": "lowcost"},
    )
    for fault in faults:
        with pytest.raises(VerificationError):
            view.require_logged(replace(entry, **fault), ())
    _, unproved = FRESH.accept(PUBLISHER.index(), now=NOON)
    with pytest.raises(VerificationError, match="no checkpoint"):
        unproved.require_logged(entry, ())
