"""spec/presence/venue.md: setting up a place, and the private code of its owner."""

import gc
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_entry
import oracle_seal
from dp3t.errors import Dp3tError, LimitError, MalformedError, UnsupportedVersionError
from dp3t.presence.encryption import IdentityKey, encrypt, partial_key
from dp3t.presence.entry import EntryCode, LocationType
from dp3t.presence.identity import identity_of
from dp3t.presence.pairing import G2Point, Scalar
from dp3t.presence.venue import MAX_TRACE_CODE_BYTES, VenueCode, set_up, share_with
from dp3t.primitives import X25519PrivateKey, open_box, random_from_os, seeded_random
from dp3t.timeline import Instant
from vectors import Case, load, vector_cases

AUTHORITY = X25519PrivateKey(bytes(range(32)))
CODES = [
    bytes.fromhex(case["code"])
    for case in load("venue")["cases"]
    if case["operation"] == "read" and case["result"] == "valid"
]
NAMED = {
    "empty": "has version 0",
    "version-0": "has version 0",
    "version-2": "has version 2",
    "version-5": "has version 5",
    "cut": "the trace code is cut",
    "not-a-protocol-buffer": "the trace code is not a protocol buffer",
    "no-payload": "lacks the payload",
    "payload-cut": "the entry code is cut",
    "payload-of-version-2": "the entry code has version 2",
    "entry-code": "the entry code ",
    "no-share": "a scalar has 32 bytes, not 0",
    "share-of-31-bytes": "a scalar has 32 bytes, not 31",
    "share-of-33-bytes": "a scalar has 32 bytes, not 33",
    "share-zero": "neither zero nor",
    "share-is-the-order": "neither zero nor",
    "share-all-ones": "neither zero nor",
    "no-box": "a sealed share has 80 bytes, not 0",
    "box-of-79-bytes": "a sealed share has 80 bytes, not 79",
    "box-of-81-bytes": "a sealed share has 80 bytes, not 81",
}


def venue(seed: int = 0) -> VenueCode:
    return set_up(
        description="Market",
        address="Street 1",
        authority=AUTHORITY.public(),
        rand=seeded_random(bytes([seed]) * 32, label=b"venue"),
    )


def authority_share(code: VenueCode) -> bytes:
    return open_box(AUTHORITY, code.sealed_share)


@pytest.mark.parametrize("case", vector_cases("venue", operation="set-up"))
def test_a_venue_is_set_up_from_what_is_drawn(case: Case) -> None:
    random, authority = (bytes.fromhex(case[name]) for name in ("random", "authority_private"))
    code = set_up(
        description=case["description"],
        address=case["address"],
        authority=X25519PrivateKey(authority).public(),
        rand=BytesIO(random).read,
        start=case["start"] or None,
        end=case["end"] or None,
        location_type=LocationType(case["location_type"]),
        default_stay_seconds=case["default_stay_seconds"],
    )
    share, other = (oracle_entry.drawn_scalar(random[at : at + 32]) for at in (0, 32))
    box = oracle_entry.sealed_share(bytes.fromhex(case["authority"]), other, random[64:96])
    payload = oracle_entry.payload(
        description=case["description"],
        address=case["address"],
        public_key=oracle_entry.shared_key(share, other),
        seed=random[96:],
        vendor=oracle_entry.vendor_data(case["location_type"], case["default_stay_seconds"] // 60),
        start=case["start"],
        end=case["end"],
    )
    theirs = oracle_entry.trace_code(payload, share, box)
    assert code.encode() == theirs == bytes.fromhex(case["code"])
    assert (code.payload.hex(), code.share.to_bytes().hex()) == (case["payload"], case["share"])
    assert (code.sealed_share.hex(), other.hex()) == (case["sealed_share"], case["authority_share"])
    assert oracle_seal.seal_open(authority, code.sealed_share) == other
    assert code.text() == case["text"] == f"dp3t-trace-code:1:{oracle_entry.base64url(theirs)}"
    assert VenueCode.from_text(case["text"]) == code == VenueCode.decode(theirs)


@pytest.mark.parametrize("case", vector_cases("venue", operation="read", result="valid"))
def test_a_private_code_is_read(case: Case) -> None:
    code = VenueCode.decode(bytes.fromhex(case["code"]))
    assert code.payload.hex() == case["payload"]
    assert code.entry == EntryCode.parse(code.payload)
    assert code.share == Scalar.from_bytes(bytes.fromhex(case["share"]))
    assert code.sealed_share.hex() == case["sealed_share"]
    if "authority_private" in case:
        other = oracle_seal.seal_open(bytes.fromhex(case["authority_private"]), code.sealed_share)
        assert other.hex() == case["authority_share"]
        public_key = oracle_entry.shared_key(code.share.to_bytes(), other)
        assert code.entry.public_key.to_bytes() == public_key


@pytest.mark.parametrize("case", vector_cases("venue", operation="read", result="malformed"))
def test_a_private_code_with_one_fault_is_refused_by_name(case: Case) -> None:
    named = NAMED[case["id"].removeprefix("read-")]
    kind = UnsupportedVersionError if "has version" in named else MalformedError
    with pytest.raises(kind, match=named):
        VenueCode.decode(bytes.fromhex(case["code"]))


@pytest.mark.parametrize("case", vector_cases("venue", operation="read", result="limit"))
def test_a_private_code_that_is_too_long_is_refused(case: Case) -> None:
    with pytest.raises(LimitError, match=f"at most {MAX_TRACE_CODE_BYTES} bytes"):
        VenueCode.decode(bytes.fromhex(case["code"]))


@pytest.mark.spec("VENUE-1")
def test_everything_is_drawn_anew_for_each_venue() -> None:
    one, other = venue(1), venue(2)
    assert one.share != other.share
    assert authority_share(one) != authority_share(other)
    assert one.entry.seed != other.entry.seed
    assert len(one.entry.seed) == 16
    assert one.entry.public_key != other.entry.public_key
    assert venue(1) == one


@pytest.mark.spec("VENUE-1")
def test_a_draw_that_is_no_scalar_is_drawn_again() -> None:
    random = b"\xff" * 32 + bytes(32) + b"\1" + bytes(31) + b"\xff" * 32 + b"\2" + bytes(31)
    code = set_up(
        description="x",
        address="y",
        authority=AUTHORITY.public(),
        rand=BytesIO(random + b"\3" * 48).read,
    )
    assert code.share.to_bytes() == b"\1" + bytes(31)
    assert authority_share(code) == b"\2" + bytes(31)
    assert code.entry.seed == b"\3" * 16


@pytest.mark.spec("VENUE-2", "VENUE-3")
def test_both_shares_together_and_neither_alone_decrypt_a_visit() -> None:
    code = venue()
    identity = identity_of(code.payload, start=Instant(3600))
    visit = encrypt(code.entry.public_key, identity=identity, message=b"m", rand=random_from_os)
    theirs = Scalar.from_bytes(authority_share(code))
    owners, authoritys = (partial_key(each, identity=identity) for each in (code.share, theirs))
    assert IdentityKey(identity=identity, key=owners.plus(authoritys)).decrypt(visit) == b"m"
    for alone in (owners, authoritys, owners.plus(owners)):
        with pytest.raises(Dp3tError):
            IdentityKey(identity=identity, key=alone).decrypt(visit)


def _values_within(value: object, seen: set[int]) -> Iterator[object]:
    """Yield a value and all that it refers to, however deep, but classes, functions and modules."""
    if id(value) in seen or isinstance(value, type) or callable(value):
        return
    seen.add(id(value))
    yield value
    for each in gc.get_referents(value):
        yield from _values_within(each, seen)
    for owner in type(value).__mro__:
        names = getattr(owner, "__slots__", ())
        for name in (names,) if isinstance(names, str) else names:
            if hasattr(value, name):
                yield from _values_within(getattr(value, name), seen)


def _spellings(value: object) -> Iterator[bytes]:
    """Yield the bytes that a value holds or prints, and its number."""
    if isinstance(value, int):
        yield value.to_bytes(64, "little", signed=True)
        yield value.to_bytes(64, "big", signed=True)
    elif isinstance(value, bytes | bytearray):
        yield bytes(value)
    elif hasattr(value, "serialize"):  # a number or a point of the pairing library
        yield value.serialize()
    yield f"{value!r} {value!s}".encode("utf-8", "surrogatepass")


@pytest.mark.spec("VENUE-4", "VENUE-8", "VENUE-9")
@pytest.mark.parametrize("seed", range(4))
def test_nothing_that_is_returned_holds_the_authoritys_share(seed: int) -> None:
    code = venue(seed)
    secret = authority_share(code)
    spelt = {
        "little-endian": secret,
        "big-endian": secret[::-1],
        "hexadecimal": secret.hex().encode(),
        "hexadecimal, big-endian": secret[::-1].hex().encode(),
        "decimal": str(int.from_bytes(secret, "little")).encode(),
        "base64": b64encode(secret)[:40],
        "base64url": urlsafe_b64encode(secret)[:40],
    }
    returned = [code, code.encode(), code.text(), code.entry.link(), code.payload]
    found = [
        spelling
        for root in returned
        for value in _values_within(root, set())
        for spelling in _spellings(value)
    ]
    assert code.share.to_bytes() in found  # so the search finds what is there
    for name, bytes_ in spelt.items():
        assert not any(bytes_ in spelling for spelling in found), name


@pytest.mark.spec("VENUE-4")
def test_the_sealed_key_of_an_organisation_does_not_hold_it_either() -> None:
    share = Scalar.of_hash(b"x")
    shared = share_with(AUTHORITY.public(), share=share, rand=random_from_os)
    secret = open_box(AUTHORITY, shared.sealed_share)
    values = [*_values_within(shared, set())]
    assert not any(secret in spelling for value in values for spelling in _spellings(value))
    assert shared.public_key == G2Point.of(share.plus(Scalar.from_bytes(secret)))


@pytest.mark.spec("VENUE-9")
def test_what_is_printed_for_the_door_holds_neither_share() -> None:
    code = venue()
    link, payload = code.entry.link(), code.entry.payload
    for secret in (code.share.to_bytes(), authority_share(code), code.sealed_share):
        assert secret not in payload
        assert secret.hex() not in link
        assert oracle_entry.base64url(secret)[:40] not in link
    assert not hasattr(code.entry, "share")


@pytest.mark.spec("VENUE-8")
def test_a_repr_and_an_error_hide_what_the_owner_keeps() -> None:
    code = venue()
    secrets = (code.share.to_bytes(), code.sealed_share, code.payload, code.encode())
    shown = [repr(code), str(code), f"{code}", repr([code]), repr(code.share)]
    for end in range(0, len(code.encode()), 7):
        with pytest.raises(MalformedError) as caught:
            VenueCode.decode(code.encode()[:end])
        shown.append(repr(caught.value))
    for text in shown:
        assert not any(secret.hex() in text or repr(secret)[2:-1] in text for secret in secrets)


@pytest.mark.spec("VENUE-8")
def test_private_codes_are_compared_by_all_they_hold() -> None:
    code = venue()
    again = VenueCode.decode(code.encode())
    assert (again, hash(again)) == (code, hash(code))
    others = [
        VenueCode(entry=code.entry, share=Scalar.of_hash(b"x"), sealed_share=code.sealed_share),
        VenueCode(entry=code.entry, share=code.share, sealed_share=bytes(80)),
        VenueCode(entry=venue(1).entry, share=code.share, sealed_share=code.sealed_share),
    ]
    assert code not in others
    assert code != code.encode()


@pytest.mark.spec("VENUE-7")
@given(st.binary(max_size=400))
def test_any_bytes_are_a_private_code_or_refused(data: bytes) -> None:
    try:
        VenueCode.decode(data)
    except Dp3tError:
        return


@pytest.mark.spec("VENUE-7")
@given(st.sampled_from(CODES), st.data())
def test_any_change_of_a_private_code_is_one_or_refused(code: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(code) - 1))
    changed = code[:at] + bytes([code[at] ^ data.draw(st.integers(1, 255))]) + code[at + 1 :]
    try:
        VenueCode.decode(changed)
    except Dp3tError:
        return


@pytest.mark.spec("ENTRY-22")
def test_the_code_at_the_door_is_no_private_code() -> None:
    code = venue()
    for text in (code.entry.link(), code.entry.link().partition("#")[2]):
        with pytest.raises(MalformedError, match="entry code, not a venue's private code"):
            VenueCode.from_text(text)
