"""spec/presence/entry.md: the payload, as it is written and as it is read."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_entry
from dp3t.errors import Dp3tError, LimitError, MalformedError, UnsupportedVersionError
from dp3t.params import LAST_INSTANT
from dp3t.presence.entry import (
    MAX_PAYLOAD_BYTES,
    EntryCode,
    LocationType,
    cwa_location_id,
    cwa_location_id_hash,
)
from dp3t.presence.identity import identity_of, secrets_of
from dp3t.presence.pairing import G2Point, Scalar
from dp3t.timeline import Instant
from shared_data import shared
from vectors import Case, load, vector_cases

KEY = G2Point.of(Scalar.of_hash(b"a key"))
SEED = bytes(range(16))
NOON = Instant(18_813 * 86_400 + 43_200)
GOOD = [
    bytes.fromhex(case["payload"])
    for case in load("entry")["cases"]
    if case["operation"] == "read" and case["result"] == "valid"
]
INVISIBLE = [
    *range(0x20),
    *range(0x7F, 0xA0),
    0xAD,
    0x34F,
    0x61C,
    *range(0x115F, 0x1161),
    *range(0x17B4, 0x17B6),
    0x180E,
    0x200B,
    0x200E,
    0x200F,
    *range(0x2028, 0x202F),
    *range(0x2060, 0x2070),
    0x2800,
    0x3164,
    0xFEFF,
    0xFFA0,
    *range(0xFFF9, 0xFFFC),
    *range(0xE0000, 0xE0080),
]
moments = st.integers(1, LAST_INSTANT).map(Instant)


def code(
    description: str = "Market", address: str = "Street 1", *, seed: bytes = SEED
) -> EntryCode:
    return EntryCode.create(description=description, address=address, public_key=KEY, seed=seed)


def values_of(case: Case) -> dict[str, object]:
    return {name: case[name] for name in ("description", "address")} | {
        "start": case["start"] or None,
        "end": case["end"] or None,
        "public_key": G2Point.from_bytes(bytes.fromhex(case["public_key"])),
        "seed": bytes.fromhex(case["seed"]),
        "vendor_data": bytes.fromhex(case["vendor_data"]),
        "payload": bytes.fromhex(case["payload"]),
    }


def check(entry: EntryCode, case: Case) -> None:
    for name, value in values_of(case).items():
        assert getattr(entry, name) == value, name
    assert (entry.default_stay_seconds or 0) == case["default_stay_seconds"]


@pytest.mark.parametrize("case", vector_cases("entry", operation="write"))
def test_a_code_is_written_in_its_one_form(case: Case) -> None:
    values = values_of(case)
    start, end = case["start"] or None, case["end"] or None
    entry = EntryCode.create(
        description=case["description"],
        address=case["address"],
        public_key=G2Point.from_bytes(bytes.fromhex(case["public_key"])),
        seed=bytes.fromhex(case["seed"]),
        start=start,
        end=end,
        location_type=LocationType(case["location_type"]),
        default_stay_seconds=case["default_stay_seconds"] or None,
    )
    check(entry, case)
    vendor = oracle_entry.vendor_data(case["location_type"], case["default_stay_seconds"] // 60)
    theirs = oracle_entry.payload(
        description=case["description"],
        address=case["address"],
        public_key=bytes.fromhex(case["public_key"]),
        seed=bytes.fromhex(case["seed"]),
        vendor=vendor,
        start=case["start"],
        end=case["end"],
    )
    assert values["payload"] == theirs
    assert entry.cwa_location_id == oracle_entry.location_id(theirs)
    assert entry.cwa_location_id.hex() == case["location_id"]
    assert entry.link() == case["link"]
    assert case["link"] == f"https://presence.invalid?v=1#{oracle_entry.base64url(theirs)}"


@pytest.mark.parametrize("case", vector_cases("entry", operation="read", result="valid"))
def test_a_code_is_read(case: Case) -> None:
    check(EntryCode.parse(bytes.fromhex(case["payload"])), case)


FAULTS = {
    "ENTRY-1": "at most 1024 bytes",
    "ENTRY-3": "has version",
    "ENTRY-5": "is cut|is not a protocol buffer|lacks the",
    "ENTRY-6": "the public key of the entry code: ",
    "ENTRY-7": "the seed of the entry code has ",
    "ENTRY-8": "longer than 100 characters|is not UTF-8|is empty",
    "ENTRY-9": "control character or one that shows nothing",
    "ENTRY-11": "mixes two numberings",
    "ENTRY-12": "ends before it starts|starts later than 2106",
}


@pytest.mark.parametrize(
    "case",
    [
        *vector_cases("entry", operation="read", result="malformed"),
        *vector_cases("entry", operation="read", result="limit"),
    ],
)
def test_a_code_with_one_fault_is_refused_by_name(case: Case) -> None:
    kind = {"ENTRY-1": LimitError, "ENTRY-3": UnsupportedVersionError}
    clause = case["spec"][0]
    with pytest.raises(kind.get(clause, MalformedError), match=FAULTS[clause]):
        EntryCode.parse(bytes.fromhex(case["payload"]))


@pytest.mark.spec("ENTRY-5")
def test_each_kind_of_damage_has_its_own_name() -> None:
    named = {
        "cut": "is cut",
        "not-a-protocol-buffer": "is not a protocol buffer",
        "location-is-no-message": "is not a protocol buffer",
        "no-location": "lacks the location",
        "no-crowd-notifier-data": "lacks the CrowdNotifier data",
        "public-key-neutral": "neutral",
        "public-key-of-95-bytes": "not 95",
    }
    payloads = {case["id"]: case.get("payload") for case in load("entry")["cases"]}
    for name, message in named.items():
        with pytest.raises(MalformedError, match=message):
            EntryCode.parse(bytes.fromhex(payloads[f"read-{name}"]))


@pytest.mark.spec("ENTRY-5")
def test_every_cut_is_refused() -> None:
    payload = code().payload
    needed = payload[: -2 - len(code().vendor_data)]
    assert EntryCode.parse(needed).vendor_data == b""
    for end in range(len(needed)):
        with pytest.raises(MalformedError):
            EntryCode.parse(needed[:end])


@pytest.mark.spec("ENTRY-2")
def test_what_is_derived_follows_from_the_scanned_bytes_and_not_from_what_they_say() -> None:
    """Two payloads that say the same are two places, as they are for every other app."""
    for payload in (code().payload + b"\xf8\x01\x01", b"\x08\x03" + code().payload):
        entry = EntryCode.parse(payload)
        assert entry.payload == payload
        assert entry.link().endswith("#" + oracle_entry.base64url(payload))
        assert entry.cwa_location_id == oracle_entry.location_id(payload)
        assert (entry.description, entry.seed) == (code().description, code().seed)
        assert secrets_of(entry.payload) != secrets_of(code().payload)
        assert identity_of(entry.payload, start=NOON) != identity_of(code().payload, start=NOON)


@pytest.mark.spec("ENTRY-4")
@given(number=st.integers(5, 2**29 - 1), value=st.binary(max_size=64))
def test_a_field_that_nobody_knows_changes_nothing_that_is_read(number: int, value: bytes) -> None:
    extra = oracle_entry.message((number, value or 1))
    entry = EntryCode.parse(code().payload + extra)
    assert (entry.description, entry.public_key, entry.seed) == ("Market", KEY, SEED)


@pytest.mark.spec("ENTRY-8")
@pytest.mark.parametrize("character", ["x", "ắ", "\N{FACE WITH MEDICAL MASK}"])
def test_a_hundred_characters_fit_and_one_more_does_not(character: str) -> None:
    assert code(character * 100, character * 100).address == character * 100
    with pytest.raises(MalformedError, match="the description is longer than 100 characters"):
        code(character * 101)
    with pytest.raises(MalformedError, match="the address is longer than 100 characters"):
        code(address=character * 101)


@pytest.mark.spec("ENTRY-9")
def test_no_character_that_deceives_the_eye_is_taken_and_their_neighbours_are() -> None:
    for number in INVISIBLE:
        with pytest.raises(MalformedError, match="the description has a control character"):
            code(f"a{chr(number)}b")
        with pytest.raises(MalformedError, match="the address has a control character"):
            code(address=f"a{chr(number)}b")
    neighbours = {number + step for number in INVISIBLE for step in (-1, 1)} - set(INVISIBLE)
    for number in sorted(neighbours - {-1}):
        text = f"a{chr(number)}b"
        assert code(text, text).description == text


@pytest.mark.spec("ENTRY-8")
def test_a_text_that_is_no_unicode_is_refused_where_it_is_written() -> None:
    with pytest.raises(MalformedError, match="the description is not UTF-8"):
        code("half a pair \ud800")
    with pytest.raises(MalformedError, match="the address is not UTF-8"):
        code(address="\udcff")


@pytest.mark.spec("ENTRY-7")
@pytest.mark.parametrize("length", range(40))
def test_a_seed_has_16_or_32_bytes(length: int) -> None:
    if length in (16, 32):
        assert code(seed=bytes(length)).seed == bytes(length)
    else:
        with pytest.raises(MalformedError, match=f"{length} bytes, not 16 or 32"):
            code(seed=bytes(length))


@pytest.mark.spec("ENTRY-10", "ENTRY-11", "ENTRY-13")
@given(start=st.none() | moments, end=st.none() | moments)
def test_times_are_written_into_5_and_6_and_read_from_there(
    start: Instant | None, end: Instant | None
) -> None:
    if start and end and end < start:
        start, end = end, start
    entry = EntryCode.create(
        description="x", address="y", public_key=KEY, seed=SEED, start=start, end=end
    )
    assert (entry.start, entry.end) == (start, end)
    parts = dict(oracle_entry.fields(entry.payload))
    assert isinstance(parts[2], bytes)
    wanted = [(5, start)] * (start is not None) + [(6, end)] * (end is not None)
    assert oracle_entry.fields(parts[2])[3:] == wanted
    assert entry.payload == oracle_entry.message(*oracle_entry.fields(entry.payload))


@pytest.mark.spec("ENTRY-12")
def test_an_end_before_the_start_is_refused_where_it_is_written() -> None:
    with pytest.raises(MalformedError, match="ends before it starts"):
        EntryCode.create(
            description="x",
            address="y",
            public_key=KEY,
            seed=SEED,
            start=NOON,
            end=Instant(NOON - 1),
        )


@pytest.mark.parametrize("stay_seconds", [0, -60, 59, 61, 86_401, 86_460])
def test_a_stay_that_no_code_can_say_is_a_mistake_of_the_program(stay_seconds: int) -> None:
    with pytest.raises(ValueError, match="whole minutes"):
        EntryCode.create(
            description="x",
            address="y",
            public_key=KEY,
            seed=SEED,
            default_stay_seconds=stay_seconds,
        )


def test_moments_outside_their_range_are_a_mistake_of_the_program() -> None:
    for moment in (-1, LAST_INSTANT + 1):
        with pytest.raises(ValueError, match="1970"):
            EntryCode.create(
                description="x",
                address="y",
                public_key=KEY,
                seed=SEED,
                start=Instant(moment),
            )


@pytest.mark.spec("ENTRY-14")
def test_nobody_writes_a_code_without_a_name_or_an_address() -> None:
    """Corona-Warn-App refuses one without an address; a reader of ours takes it."""
    with pytest.raises(MalformedError, match="the address is empty"):
        code(address=" ")
    with pytest.raises(MalformedError, match="the description is empty"):
        code("\N{NO-BREAK SPACE}")


@pytest.mark.spec("ENTRY-14")
@pytest.mark.parametrize("location_type", LocationType)
def test_a_code_says_what_kind_of_place_it_is(location_type: LocationType) -> None:
    entry = EntryCode.create(
        description="x", address="y", public_key=KEY, seed=SEED, location_type=location_type
    )
    assert entry.vendor_data == oracle_entry.vendor_data(location_type, 0)


@pytest.mark.spec("ENTRY-2", "ENTRY-13")
def test_a_renewed_code_is_the_place_with_another_seed_and_validity() -> None:
    other = code().renewed(seed=bytes(32), start=Instant(7), end=Instant(9))
    assert (other.description, other.address, other.public_key) == ("Market", "Street 1", KEY)
    assert (other.seed, other.start, other.end) == (bytes(32), 7, 9)
    assert other.vendor_data == code().vendor_data
    named = code().renewed(seed=SEED, start=Instant(7), end=Instant(9), description="Fair")
    assert (named.description, named.address) == ("Fair", "Street 1")


@pytest.mark.parametrize("case", vector_cases("entry", operation="place"))
def test_a_place_has_corona_warn_apps_name(case: Case) -> None:
    payload = bytes.fromhex(case["payload"])
    assert cwa_location_id(payload) == oracle_entry.location_id(payload)
    assert cwa_location_id(payload).hex() == case["location_id"]


@pytest.mark.parametrize("case", vector_cases("entry", operation="published-place"))
def test_what_corona_warn_app_publishes_of_a_place(case: Case) -> None:
    published = cwa_location_id_hash(bytes.fromhex(case["location_id"]))
    assert published.hex() == case["location_id_hash"]


@pytest.mark.spec("ENTRY-16")
def test_the_names_of_places_are_those_of_corona_warn_apps_own_tests() -> None:
    known = json.loads(shared("vectors/cwa_presence.json").read_bytes())
    for case in known["locationId"]:
        payload, name = (base64.b64decode(case[key]) for key in ("payload_b64", "id_b64"))
        assert cwa_location_id(payload) == name
    for case in known["locationIdHash"]:
        assert cwa_location_id_hash(bytes.fromhex(case["id_hex"])).hex() == case["hash_hex"]


def test_a_code_of_corona_warn_app_is_refused_for_its_key() -> None:
    """Its keys were on another curve and never used, so no visit could be encrypted under one."""
    for case in load("entry")["cases"]:
        if case["operation"] == "place":
            with pytest.raises(MalformedError, match="a point of G2 has 96 bytes, not 91"):
                EntryCode.parse(bytes.fromhex(case["payload"]))


@pytest.mark.spec("ENTRY-1", "ENTRY-5")
@given(st.binary(max_size=MAX_PAYLOAD_BYTES + 1))
def test_any_bytes_are_a_code_or_refused(payload: bytes) -> None:
    try:
        assert EntryCode.parse(payload).payload == payload
    except Dp3tError:
        return


@pytest.mark.spec("ENTRY-2", "ENTRY-5")
@given(st.sampled_from(GOOD), st.data())
def test_any_change_of_a_good_code_is_a_code_or_refused(
    payload: bytes, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(payload) - 1))
    flipped = payload[at] ^ data.draw(st.integers(1, 255))
    changed = payload[:at] + bytes([flipped]) + payload[at + 1 :]
    try:
        assert EntryCode.parse(changed).payload == changed
    except Dp3tError:
        return


def test_a_repr_holds_nothing_that_makes_a_visitor() -> None:
    shown = repr(code())
    for secret in (code().payload, code().seed):
        assert secret.hex() not in shown
        assert repr(secret)[2:-1] not in shown
