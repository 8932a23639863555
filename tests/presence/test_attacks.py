"""Nobody makes a trace alone: each is tried with everything that they hold.

What each of them holds is the table in spec/presence/pretrace.md; for slips that in
spec/presence/slip.md. A forged trace counts as made if the authority completes it, if its key
belongs to the venue's public key, or if it opens what a visitor has recorded.
"""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from dp3t.errors import Dp3tError, MalformedError, VerificationError
from dp3t.presence.card import Card
from dp3t.presence.completion import complete
from dp3t.presence.encryption import Ciphertext, IdentityKey, partial_key
from dp3t.presence.identity import identity_of, secrets_of
from dp3t.presence.matching import match
from dp3t.presence.pairing import G1Point, G2Point, Scalar
from dp3t.presence.pretrace import PreTrace, TraceRequest, pre_trace
from dp3t.presence.slip import SlipMessage, write_slips
from dp3t.presence.slip_contacts import OpenedSlips, open_slips
from dp3t.presence.trace import Message, Trace
from dp3t.presence.venue import VenueCode, share_with
from dp3t.presence.visit import check_in
from dp3t.primitives import X25519PrivateKey, open_box, random_from_os
from dp3t.timeline import Instant, Stretch, day_of
from gatherings import AUTHORITY, HOUR, MARKET, NOW, SCHOOL, TEN, TEXT, asked
from vectors import Case, load

TARGET = identity_of(MARKET.payload, start=TEN)
ELSEWHEN = asked(-3 * HOUR, 0)
"""Three hours before the one that is attacked; they were traced, so their keys are public."""

LEFT = Instant(TEN + 1200)
RECORDS = check_in(MARKET.entry, now=Instant(TEN + 600)).check_out(
    departure=LEFT, now=LEFT, rand=random_from_os
)
CARD = Card.of("0905", authority=AUTHORITY.public(), rand=random_from_os)
SLIPS = write_slips(
    MARKET.entry, CARD, arrival=Instant(TEN + 600), departure=LEFT, rand=random_from_os
)


def completed(half: PreTrace, private: X25519PrivateKey = AUTHORITY) -> tuple[Trace, ...]:
    request = half.request
    return complete(half, private, request=request, text=TEXT, now=NOW, rand=random_from_os)


def half_of(code: VenueCode, request_of: tuple[int, int] = (0, HOUR)) -> PreTrace:
    request = asked(*request_of)
    return pre_trace(code, stretch=request.stretch, reference=request.reference, now=NOW)


PUBLISHED = completed(half_of(MARKET, (-3 * HOUR, 0)))
AUTHORITYS_SHARE = Scalar.from_bytes(open_box(AUTHORITY, MARKET.sealed_share))


def forged(key: G1Point) -> Trace:
    """Return the trace that somebody with a key of their own making would publish."""
    return Trace.of(
        IdentityKey(identity=TARGET, key=key),
        day=day_of(TEN),
        message=Message(TEXT, asked().stretch),
        notification_key=secrets_of(MARKET.payload).notification_key,
        rand=random_from_os,
    )


def assert_worthless(keys: Iterable[G1Point]) -> None:
    """Check that none of some keys is the target's, opens a record, or opens a slip."""
    for key in keys:
        trace = forged(key)
        with pytest.raises(VerificationError):
            trace.identity_key().require_under(MARKET.entry.public_key)
        assert match(RECORDS, [trace], release=Instant(NOW - NOW % 7200)) == ()
        found = open_slips(SLIPS, [trace], AUTHORITY, stretch=asked().stretch)
        assert found == OpenedSlips(contacts=(), unreadable=0)


def negative(point: G1Point) -> G1Point:
    data = point.to_bytes()
    return G1Point.from_bytes(data[:-1] + bytes([data[-1] ^ 0x80]))


def combinations(shares: Iterable[Scalar], keys: Iterable[G1Point]) -> Iterable[G1Point]:
    """Yield what shares give for the target, alone, doubled, and with keys of other hours."""
    parts = [partial_key(share, identity=TARGET) for share in shares]
    known = list(keys)
    yield from parts
    for part in parts:
        yield part.plus(part)
        yield from (part.plus(key) for key in known)
        yield from (part.plus(negative(key)) for key in known)
    yield from known


def test_both_together_can() -> None:
    """The yardstick of the rest: a true trace has a good key, and warns the visitor."""
    (trace,) = completed(half_of(MARKET))
    trace.identity_key().require_under(MARKET.entry.public_key)
    assert len(match(RECORDS, [trace], release=Instant(NOW - NOW % 7200))) == 1
    found = open_slips(SLIPS, [trace], AUTHORITY, stretch=asked().stretch)
    assert [each.contact for each in found.contacts] == ["0905"]


class TestAuthorityAlone:
    """It holds its private key, the payload, every sealed share, and every published key."""

    @pytest.mark.spec("PRETRACE-14")
    def test_its_share_and_published_keys_of_other_hours_make_no_trace(self) -> None:
        public = [trace.identity_key().key for trace in PUBLISHED]
        owners_parts = [
            key.plus(negative(partial_key(AUTHORITYS_SHARE, identity=trace.identity)))
            for key, trace in zip(public, PUBLISHED, strict=True)
        ]
        elsewhere = Scalar.from_bytes(open_box(AUTHORITY, SCHOOL.sealed_share))
        shares = [AUTHORITYS_SHARE, elsewhere, AUTHORITYS_SHARE.plus(elsewhere)]
        assert_worthless(combinations(shares, [*public, *owners_parts]))

    @pytest.mark.spec("PRETRACE-14")
    def test_a_pre_trace_of_its_own_does_not_pass_its_own_check(self) -> None:
        """An official without the owner's word is stopped by the tool."""
        own = replace(MARKET, share=AUTHORITYS_SHARE)
        for half in (half_of(own), relabelled(half_of(MARKET, (-HOUR, 0)))):
            with pytest.raises(VerificationError):
                completed(half)

    @pytest.mark.spec("SLIP-5", "SLIP-7")
    def test_it_reads_no_slip_even_with_the_whole_book(self) -> None:
        found = open_slips(SLIPS, PUBLISHED, AUTHORITY, stretch=asked(-9 * HOUR, HOUR).stretch)
        assert found == OpenedSlips(contacts=(), unreadable=0)
        with pytest.raises(VerificationError):
            open_box(AUTHORITY, SLIPS[0].ciphertext)


class TestOwnerAlone:
    """They hold the private code with the sealed share, and every published key."""

    @pytest.mark.spec("PRETRACE-14")
    def test_the_share_and_published_keys_of_other_hours_make_no_trace(self) -> None:
        public = [trace.identity_key().key for trace in PUBLISHED]
        authoritys_parts = [
            key.plus(negative(partial_key(MARKET.share, identity=trace.identity)))
            for key, trace in zip(public, PUBLISHED, strict=True)
        ]
        sealed_as_scalar = Scalar.of_hash(MARKET.sealed_share)
        shares = [MARKET.share, sealed_as_scalar, MARKET.share.plus(sealed_as_scalar)]
        assert_worthless(combinations(shares, [*public, *authoritys_parts]))

    @pytest.mark.spec("PRETRACE-12")
    def test_the_sealed_share_opens_to_nobody_but_the_authority(self) -> None:
        with pytest.raises(VerificationError, match="another authority"):
            completed(half_of(MARKET), X25519PrivateKey(MARKET.share.to_bytes()))

    @pytest.mark.spec("SLIP-5", "SLIP-7")
    def test_they_read_no_slip(self) -> None:
        mine = IdentityKey(identity=TARGET, key=partial_key(MARKET.share, identity=TARGET))
        for slip in SLIPS:
            with pytest.raises(VerificationError):
                mine.decrypt(Ciphertext.decode(slip.ciphertext))

    @pytest.mark.spec("SLIP-2", "SLIP-6")
    def test_a_published_trace_gives_them_times_and_a_sealed_card(self) -> None:
        """What the chapter says is not protected, and where it ends."""
        (trace,) = completed(half_of(MARKET))
        data = trace.identity_key().decrypt(Ciphertext.decode(SLIPS[0].ciphertext))
        message = SlipMessage.decode(data)
        assert message.stay == (TEN + 600, LEFT)
        assert message.card == CARD
        with pytest.raises(VerificationError):
            message.card.open(X25519PrivateKey(MARKET.share.to_bytes()))


class TestVisitorAlone:
    """They hold the entry code, and can get a code for an upload from a confused official."""

    @pytest.mark.spec("PRETRACE-14", "PRETRACE-18")
    def test_shares_of_their_own_do_not_silence_the_venue(self) -> None:
        """The hole of the reference library: both halves are consistent, under another key."""
        mine = Scalar.generate(rand=random_from_os)
        shared = share_with(AUTHORITY.public(), share=mine, rand=random_from_os)
        fake = replace(MARKET, share=mine, sealed_share=shared.sealed_share)
        with pytest.raises(VerificationError, match="public key"):
            completed(half_of(fake))
        # Under the key that goes with the two shares the same sum is good, and warns nobody.
        theirs = Scalar.from_bytes(open_box(AUTHORITY, shared.sealed_share))
        whole = partial_key(mine.plus(theirs), identity=TARGET)
        IdentityKey(identity=TARGET, key=whole).require_under(shared.public_key)
        assert_worthless([whole])

    @pytest.mark.spec("PRETRACE-14", "PRETRACE-18")
    def test_what_silences_a_venue_in_the_reference_library_is_refused(self) -> None:
        """The library has made a key of these bytes, which opens no visitor's record."""
        case = reference("verify-suppression")
        identity, believed = bytes.fromhex(case["identity"]), bytes.fromhex(case["answer"])
        key = IdentityKey(identity=identity, key=G1Point.from_bytes(believed))
        key.require_under(G2Point.from_bytes(bytes.fromhex(case["public_key"])))
        with pytest.raises(VerificationError):
            key.decrypt(Ciphertext.decode(bytes.fromhex(case["record"])))
        with pytest.raises(VerificationError, match="public key"):
            completed_reference(case)

    @pytest.mark.spec("PRETRACE-14")
    @pytest.mark.parametrize("name", ["verify-honest", "verify-honest-share-under-another-key"])
    def test_an_honest_half_passes_whatever_key_is_put_beside_it(self, name: str) -> None:
        case = reference(name)
        key = completed_reference(case).identity_key()
        key.decrypt(Ciphertext.decode(bytes.fromhex(case["record"])))
        assert case["answer"] in (key.key.to_bytes().hex(), None)

    @pytest.mark.spec("PRETRACE-18")
    def test_the_entry_code_alone_makes_no_trace(self) -> None:
        guesses = [Scalar(1), Scalar.of_hash(MARKET.payload), Scalar.of_hash(b"")]
        assert_worthless(partial_key(guess, identity=TARGET) for guess in guesses)
        with pytest.raises(Dp3tError):
            completed(half_of(replace(MARKET, share=Scalar(1), sealed_share=bytes(80))))

    @pytest.mark.spec("PRETRACE-15")
    def test_a_key_that_makes_the_sum_neutral_is_refused(self) -> None:
        """Who knows the authority's share could otherwise choose the sum."""
        cancelling = negative(partial_key(AUTHORITYS_SHARE, identity=TARGET))
        with pytest.raises(MalformedError):
            completed(replace(half_of(MARKET), keys=(cancelling.to_bytes(),)))

    @pytest.mark.spec("PRETRACE-18")
    def test_a_payload_with_another_public_key_is_another_venue(self) -> None:
        """Whoever swaps the key inside the payload changes every identity with it."""
        mine, theirs = Scalar(11), Scalar(13)
        key = G2Point.of(mine).plus(G2Point.of(theirs)).to_bytes()
        swapped = MARKET.payload.replace(MARKET.entry.public_key.to_bytes(), key)
        assert swapped != MARKET.payload
        assert identity_of(swapped, start=TEN) != TARGET
        with pytest.raises(VerificationError):
            completed(replace(half_of(MARKET), payload=swapped))


def relabelled(half: PreTrace) -> PreTrace:
    """Return a pre-trace of the hour before as if it were of the target's."""
    return replace(half, request=asked())


def reference(name: str) -> Case:
    """Return a case that CrowdNotifier's library has answered."""
    (case,) = (case for case in load("crowdnotifier")["cases"] if case["id"] == name)
    return dict(case)


def completed_reference(case: Case) -> Trace:
    """Complete the half of a case for its one hour, as the library was asked to."""
    stretch = Stretch(Instant(case["start"]), Instant(case["start"] + HOUR))
    request = TraceRequest(reference="A", stretch=stretch)
    half = PreTrace(
        payload=bytes.fromhex(case["payload"]),
        sealed_share=bytes.fromhex(case["sealed_share"]),
        request=request,
        keys=(bytes.fromhex(case["part"]),),
    )
    private = X25519PrivateKey(bytes.fromhex(case["authority_private"]))
    (trace,) = complete(
        half, private, request=request, text=TEXT, now=stretch.end, rand=random_from_os
    )
    return trace
