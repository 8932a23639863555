"""spec/presence/managed.md: one organisation, many rooms, one passphrase."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_entry
import oracle_seal
from dp3t.codec import decode, encode
from dp3t.errors import (
    Dp3tError,
    LimitError,
    MalformedError,
    UnauthorizedError,
    UnsupportedVersionError,
)
from dp3t.presence.encryption import IdentityKey, encrypt, partial_key
from dp3t.presence.entry import EntryCode, LocationType
from dp3t.presence.identity import identity_of
from dp3t.presence.managed import MAX_ROOMS, Organisation, Passphrase
from dp3t.presence.pairing import G2Point, Scalar
from dp3t.presence.venue import VenueCode
from dp3t.primitives import X25519PrivateKey, open_box, random_from_os, seeded_random
from dp3t.timeline import Instant
from vectors import Case, load, vector_cases

AUTHORITY = X25519PrivateKey(bytes(range(32)))
PASSPHRASE = Passphrase.generate(rand=seeded_random(bytes(32), label=b"passphrase"))
RECORD = next(
    bytes.fromhex(case["record"])
    for case in load("managed")["cases"]
    if case["id"] == "read-two-rooms"
)
NAMED = {
    "empty": "not a canonical msgpack value",
    "cut": "not a canonical msgpack value",
    "a-byte-more": "not a canonical msgpack value",
    "version-2": "the organisation has version 2",
    "unknown-field": "the organisation has an unknown field",
    "owners-public-key": "the organisation has an unknown field",
    "public-key-of-a-stranger": "a room has another public key",
    "public-key-neutral": "the neutral point",
    "public-key-of-95-bytes": "public_key has 95 bytes, not 96",
    "box-of-79-bytes": "sealed_share has 79 bytes, not 80",
    "room-is-text": "a room is not bytes",
    "room-that-nobody-reads": "the entry code ",
    "rooms-are-no-list": "payloads is not a list",
}


def organisation(*rooms: str) -> Organisation:
    rand = seeded_random(bytes(32), label=b"organisation")
    made = Organisation.found(PASSPHRASE, authority=AUTHORITY.public(), rand=rand)
    for room in rooms:
        made, _ = made.with_room(description=room, address="Campus", rand=rand)
    return made


@pytest.mark.parametrize("case", vector_cases("managed", operation="draw"))
def test_a_passphrase_is_drawn(case: Case) -> None:
    drawn = bytes.fromhex(case["random"])
    passphrase = Passphrase.generate(rand=BytesIO(drawn).read)
    assert passphrase.text() == case["text"] == oracle_entry.passphrase(drawn)
    assert passphrase.share().to_bytes().hex() == case["share"]
    assert oracle_entry.passphrase_share(case["text"]).hex() == case["share"]
    assert Passphrase(case["text"]) == passphrase


@pytest.mark.parametrize("case", vector_cases("managed", operation="passphrase", result="valid"))
def test_a_passphrase_of_another_program_gives_its_share(case: Case) -> None:
    passphrase = Passphrase(case["text"])
    assert passphrase.share().to_bytes().hex() == case["share"]
    assert oracle_entry.passphrase_share(case["text"]).hex() == case["share"]
    assert passphrase.text() == case["text"]


@pytest.mark.parametrize(
    "case", vector_cases("managed", operation="passphrase", result="malformed")
)
def test_a_passphrase_that_is_weak_or_mistyped_is_refused(case: Case) -> None:
    named = {"MANAGED-2": "43 to 1024 characters|white space", "MANAGED-3": "is mistyped"}
    with pytest.raises(MalformedError, match=named[case["spec"][0]]) as caught:
        Passphrase(case["text"])
    assert not case["text"] or case["text"] not in str(caught.value)


@pytest.mark.spec("MANAGED-1")
def test_a_drawn_passphrase_holds_256_random_bits() -> None:
    asked: list[int] = []

    def rand(length: int) -> bytes:
        asked.append(length)
        return random_from_os(length)

    assert len({Passphrase.generate(rand=rand).text() for _ in range(8)}) == 8
    assert asked == [32] * 8


@pytest.mark.spec("MANAGED-3")
@given(at=st.integers(5, 52), letter=st.characters(exclude_categories=["Cs"]))
def test_every_single_wrong_letter_of_a_drawn_passphrase_is_found(at: int, letter: str) -> None:
    text = PASSPHRASE.text()
    changed = text[:at] + letter + text[at + 1 :]
    if changed != text:
        with pytest.raises(MalformedError, match=r"mistyped|white space"):
            Passphrase(changed)


@pytest.mark.spec("MANAGED-2")
@given(st.text(max_size=1100) | st.text(min_size=43, max_size=60).map("dp3t-".__add__))
def test_any_text_is_a_passphrase_or_refused(text: str) -> None:
    try:
        assert Passphrase(text).text() == text
    except Dp3tError:
        return


@pytest.mark.spec("MANAGED-2")
def test_a_passphrase_that_is_no_unicode_is_refused() -> None:
    with pytest.raises(MalformedError, match="not Unicode"):
        Passphrase("\ud800" * 43)


@pytest.mark.parametrize("case", vector_cases("managed", operation="organisation"))
def test_an_organisation_of_another_program_is_managed_with_its_passphrase(case: Case) -> None:
    own = Passphrase(case["passphrase"]).share().to_bytes()
    assert own == oracle_entry.passphrase_share(case["passphrase"])
    assert own.hex() == case["share"]
    box, private = (bytes.fromhex(case[name]) for name in ("sealed_share", "authority_private"))
    other = oracle_seal.seal_open(private, box)
    assert other.hex() == case["authority_share"]
    assert oracle_entry.shared_key(own, other).hex() == case["public_key"]
    key = G2Point.from_bytes(bytes.fromhex(case["public_key"]))
    made = Organisation(public_key=key, sealed_share=box)
    made, entry = made.with_room(description="x", address="y", rand=random_from_os)
    code = made.trace_code(entry.payload, passphrase=Passphrase(case["passphrase"]))
    assert (code.share.to_bytes(), code.sealed_share) == (own, box)


@pytest.mark.parametrize("case", vector_cases("managed", operation="found"))
def test_an_organisation_is_founded(case: Case) -> None:
    random, private = (bytes.fromhex(case[name]) for name in ("random", "authority_private"))
    made = Organisation.found(
        Passphrase(case["passphrase"]),
        authority=X25519PrivateKey(private).public(),
        rand=BytesIO(random).read,
    )
    own = oracle_entry.passphrase_share(case["passphrase"])
    other = oracle_entry.drawn_scalar(random[:32])
    authority = bytes.fromhex(case["authority"])
    assert other.hex() == case["authority_share"]
    assert made.public_key.to_bytes() == oracle_entry.shared_key(own, other)
    assert made.public_key.to_bytes().hex() == case["public_key"]
    assert made.sealed_share == oracle_entry.sealed_share(authority, other, random[32:])
    assert oracle_seal.seal_open(private, made.sealed_share) == other
    assert made.encode().hex() == case["record"]


@pytest.mark.parametrize("case", vector_cases("managed", operation="room"))
def test_a_room_gets_a_code_and_the_passphrase_its_trace_code(case: Case) -> None:
    before = Organisation.decode(bytes.fromhex(case["record"]))
    after, entry = before.with_room(
        description=case["description"],
        address=case["address"],
        rand=BytesIO(bytes.fromhex(case["random"])).read,
        location_type=LocationType(case["location_type"]),
        default_stay_seconds=case["default_stay_seconds"],
    )
    payload = oracle_entry.payload(
        description=case["description"],
        address=case["address"],
        public_key=before.public_key.to_bytes(),
        seed=bytes.fromhex(case["random"]),
        vendor=oracle_entry.vendor_data(case["location_type"], case["default_stay_seconds"] // 60),
    )
    assert entry.payload == payload == bytes.fromhex(case["payload"])
    assert after.payloads == (*before.payloads, payload)
    share = oracle_entry.passphrase_share(case["passphrase"])
    code = after.trace_code(payload, passphrase=Passphrase(case["passphrase"]))
    assert code.encode() == oracle_entry.trace_code(payload, share, before.sealed_share)
    assert code.encode().hex() == case["trace_code"]
    assert VenueCode.decode(code.encode()) == code


@pytest.mark.parametrize("case", vector_cases("managed", operation="read", result="valid"))
def test_a_record_is_read(case: Case) -> None:
    record = Organisation.decode(bytes.fromhex(case["record"]))
    assert [payload.hex() for payload in record.payloads] == case["payloads"]
    assert record.public_key.to_bytes().hex() == case["public_key"]
    assert record.sealed_share.hex() == case["sealed_share"]
    assert record.encode().hex() == case["record"]


@pytest.mark.parametrize("case", vector_cases("managed", operation="read", result="malformed"))
def test_a_record_with_one_fault_is_refused_by_name(case: Case) -> None:
    named = NAMED[case["id"].removeprefix("read-")]
    kind = UnsupportedVersionError if "has version" in named else MalformedError
    with pytest.raises(kind, match=named):
        Organisation.decode(bytes.fromhex(case["record"]))


@pytest.mark.spec("MANAGED-8")
def test_a_record_has_at_most_4096_rooms(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = decode(organisation("Hall").encode(), limit_bytes=4096)
    assert isinstance(fields, dict)
    with pytest.raises(LimitError):
        Organisation.decode(encode({**fields, "payloads": [b""] * (MAX_ROOMS + 1)}))
    with pytest.raises(MalformedError, match="the entry code has version 0"):
        Organisation.decode(encode({**fields, "payloads": [b""] * MAX_ROOMS}))
    monkeypatch.setattr("dp3t.presence.managed.MAX_ROOMS", 2)
    full = organisation("Hall", "Library")
    assert [EntryCode.parse(room).description for room in full.payloads] == ["Hall", "Library"]
    with pytest.raises(LimitError, match="at most 2 rooms"):
        full.with_room(description="x", address="y", rand=random_from_os)


@pytest.mark.spec("MANAGED-6")
def test_rooms_share_the_key_and_have_seeds_of_their_own() -> None:
    """Two rooms of one name are two places all the same."""
    made = organisation("Hall", "Hall")
    assert made.payloads[:1] == organisation("Hall").payloads
    one, other = map(EntryCode.parse, made.payloads)
    assert one.public_key == other.public_key == made.public_key
    assert one.seed != other.seed
    start = Instant(3600)
    assert identity_of(one.payload, start=start) != identity_of(other.payload, start=start)


@pytest.mark.spec("MANAGED-5", "MANAGED-7")
def test_a_room_is_traced_with_the_passphrase_and_the_authority_and_with_nothing_less() -> None:
    made = organisation("Hall", "Library")
    hall, library = made.payloads
    identity = identity_of(hall, start=Instant(3600))
    visit = encrypt(made.public_key, identity=identity, message=b"m", rand=random_from_os)
    theirs = partial_key(
        Scalar.from_bytes(open_box(AUTHORITY, made.sealed_share)), identity=identity
    )

    def decrypted(passphrase: Passphrase) -> bytes:
        own = partial_key(made.trace_code(hall, passphrase=passphrase).share, identity=identity)
        return IdentityKey(identity=identity, key=own.plus(theirs)).decrypt(visit)

    assert decrypted(PASSPHRASE) == b"m"
    with pytest.raises(Dp3tError):
        decrypted(Passphrase("another passphrase, as long as it has to be..."))
    with pytest.raises(Dp3tError):
        IdentityKey(identity=identity, key=theirs).decrypt(visit)
    assert identity_of(library, start=Instant(3600)) != identity


@pytest.mark.spec("MANAGED-7")
def test_a_room_of_somebody_else_gets_no_trace_code() -> None:
    with pytest.raises(UnauthorizedError, match="no room with this entry code"):
        organisation("Hall").trace_code(organisation("Lab").payloads[0], passphrase=PASSPHRASE)


@pytest.mark.spec("MANAGED-9", "VENUE-4")
def test_what_a_database_keeps_helps_nobody_who_guesses_the_passphrase() -> None:
    made = organisation("Hall", "Library")
    share, other = PASSPHRASE.share(), open_box(AUTHORITY, made.sealed_share)
    secrets = [PASSPHRASE.text().encode(), share.to_bytes(), share.to_bytes()[::-1], other]
    secrets += [G2Point.of(share).to_bytes()]
    kept = made.encode()
    assert not any(secret in kept or secret.hex().encode() in kept for secret in secrets)
    fields = decode(kept, limit_bytes=4096)
    assert isinstance(fields, dict)
    assert sorted(fields) == ["payloads", "public_key", "sealed_share", "version"]


@pytest.mark.spec("VENUE-8")
def test_a_repr_hides_passphrase_and_rooms() -> None:
    made = organisation("Hall")
    shown = f"{made!r} {made} {PASSPHRASE!r} {PASSPHRASE} {[PASSPHRASE]}"
    for secret in (PASSPHRASE.text(), made.sealed_share.hex(), made.payloads[0].hex()):
        assert secret not in shown
    assert Passphrase("x" * 43) != PASSPHRASE
    assert hash(PASSPHRASE) == hash(Passphrase(PASSPHRASE.text()))


@pytest.mark.spec("MANAGED-8")
@given(st.binary(max_size=200))
def test_any_bytes_are_a_record_or_refused(data: bytes) -> None:
    try:
        Organisation.decode(data)
    except Dp3tError:
        return


@pytest.mark.spec("MANAGED-8")
@given(st.data())
def test_any_change_of_a_record_is_one_or_refused(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(RECORD) - 1))
    flipped = RECORD[at] ^ data.draw(st.integers(1, 255))
    changed = RECORD[:at] + bytes([flipped]) + RECORD[at + 1 :]
    try:
        assert Organisation.decode(changed).encode() == changed
    except Dp3tError:
        return
