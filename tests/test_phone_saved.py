"""spec/phone.md: saved states."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from dp3t.codec import Value
from dp3t.errors import (
    Dp3tError,
    LimitError,
    MalformedError,
    UnsupportedVersionError,
    VerificationError,
)
from dp3t.params import MINIMAL, Parameters
from dp3t.phone import Phone
from dp3t.phone.matches import MAX_INGESTED
from dp3t.publication.records import KeyTable
from dp3t.timeline import day_of
from oracle_aead import OracleError, xchacha20_poly1305_open
from phones import (
    DAY,
    LATER,
    MORNING,
    RELEASE,
    STATE_KEY,
    batch_of,
    every_design,
    hear,
    items,
    new,
    rand,
    report,
    say,
    sealed,
    state,
)
from vectors import Case, vector_cases

PARAMETERS: dict[str, Value] = {
    "clock_drift_intervals": 12,
    "clock_skew_seconds": 60,
    "epoch_minutes": 15,
    "retention_days": 14,
    "share_threshold": 0,
    "shares": 0,
    "window_minutes": 240,
}
NO_KEYS: dict[str, Value] = {"design": "lowcost", "records": KeyTable(()).to_value()}
ERRORS = {"malformed": MalformedError, "limit": LimitError, "unauthentic": VerificationError}


def tagged(value: Value) -> object:
    if isinstance(value, bytes):
        return {"$bytes": value.hex()}
    if isinstance(value, Mapping):
        return {key: tagged(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [tagged(item) for item in value]
    return value


def untagged(value: object) -> object:
    if isinstance(value, dict):
        if "$bytes" in value:
            return bytes.fromhex(value["$bytes"])
        return {key: untagged(item) for key, item in value.items()}
    return [untagged(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("case", vector_cases("phone", result="valid"))
def test_a_saved_state_is_loaded_as_the_vector_says(case: Case) -> None:
    phone = Phone.load(bytes.fromhex(case["saved"]), key=bytes.fromhex(case["key"]))
    assert tagged(phone.to_value()) == case["state"]
    again = phone.save(key=STATE_KEY, rand=rand)
    assert int.from_bytes(again[10:12], "big") == 6
    assert Phone.load(again, key=STATE_KEY) == phone


@pytest.mark.parametrize("case", vector_cases("phone", result="valid"))
def test_the_second_witness_opens_the_same_state(case: Case) -> None:
    saved = bytes.fromhex(case["saved"])
    opened = xchacha20_poly1305_open(bytes.fromhex(case["key"]), saved[12:], saved[:12])
    expected = untagged(case.get("sealed_state", case["state"]))
    assert opened == oracle.msgpack_encode(expected)


def test_the_second_witness_knows_the_example_of_the_draft() -> None:
    """draft-irtf-cfrg-xchacha-03, A.3.1."""
    sealed_text = bytes.fromhex(
        "404142434445464748494a4b4c4d4e4f5051525354555657"
        "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
        "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
        "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
        "21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49"
    )
    key, associated = bytes(range(0x80, 0xA0)), bytes.fromhex("50515253c0c1c2c3c4c5c6c7")
    opened = xchacha20_poly1305_open(key, sealed_text, associated)
    assert opened.startswith(b"Ladies and Gentlemen of the class of '99")
    with pytest.raises(OracleError):
        xchacha20_poly1305_open(key, sealed_text, b"")


@pytest.mark.parametrize("result", ERRORS)
def test_every_bad_vector_is_refused_as_it_says(result: str) -> None:
    for param in vector_cases("phone", result=result):
        (case,) = param.values
        assert isinstance(case, dict)
        with pytest.raises(ERRORS[result]):
            Phone.load(bytes.fromhex(case["saved"]), key=bytes.fromhex(case["key"]))


@pytest.mark.parametrize("case", vector_cases("phone", result="unauthentic"))
def test_the_second_witness_does_not_open_it_either(case: Case) -> None:
    saved = bytes.fromhex(case["saved"])
    with pytest.raises(OracleError):
        xchacha20_poly1305_open(bytes.fromhex(case["key"]), saved[12:], saved[:12])


@pytest.mark.parametrize("case", vector_cases("phone", result="malformed"))
def test_a_state_with_one_fault_is_refused(case: Case) -> None:
    with pytest.raises(MalformedError):
        Phone.load(bytes.fromhex(case["saved"]), key=bytes.fromhex(case["key"]))


@every_design
@pytest.mark.spec("PHONE-16")
def test_refusals_name_the_fault(name: str) -> None:
    saved = new(name).save(key=STATE_KEY, rand=rand)
    for damaged, error, words in (
        (saved[:20], MalformedError, "truncated"),
        (b"x" + saved[1:], MalformedError, "not a saved phone"),
        (saved[:11] + b"\x07" + saved[12:], UnsupportedVersionError, "version 7"),
        (saved[:-1], VerificationError, "altered"),
    ):
        with pytest.raises(error, match=words):
            Phone.load(damaged, key=STATE_KEY)
    with pytest.raises(VerificationError, match="wrong key"):
        Phone.load(saved, key=bytes(32))


@every_design
@pytest.mark.spec("PHONE-8")
def test_two_savings_of_one_state_share_nothing_but_header_and_length(name: str) -> None:
    phone = new(name)
    one, other = (phone.save(key=STATE_KEY, rand=rand) for _ in range(2))
    assert one[:12] == other[:12] == b"dp3t phone\x00\x06"
    assert len(one) == len(other)
    assert one[12:36] != other[12:36]
    assert one[36:] != other[36:]


@every_design
@pytest.mark.spec("PHONE-8")
def test_a_saved_phone_shows_no_secret(name: str) -> None:
    phone = new(name)
    words = say(phone)
    saved = phone.save(key=STATE_KEY, rand=rand)
    assert b"ring" not in saved
    assert words[11:27] not in saved
    assert len(repr(phone)) < 60


def test_a_sealing_key_of_another_length_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="32"):
        new("lowcost").save(key=bytes(16), rand=rand)


@every_design
@pytest.mark.spec("PHONE-17")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("clock", -1),
        ("clock", 2**32),
        ("clock", MORNING - 30 * 86_400),
        ("clock", MORNING + 30 * 86_400),
        ("design", b"gaen"),
        ("ingested", [{"region": "VN", "release": 7201}]),
        ("ingested", [{"region": "VN", "release": 7200}] * 2),
        ("ingested", [{"region": "VN", "release": 7200}, {"region": "LA", "release": 7200}]),
        ("ingested", [{"region": "V" * 17, "release": 7200}]),
        ("matches", [{}]),
        ("observations", [0]),
        ("parameters", {"epoch_minutes": 15, "retention_days": 14}),
        ("parameters", {**PARAMETERS, "epoch_minutes": 7}),
        ("parameters", {**PARAMETERS, "window_minutes": 100}),
        ("parameters", {**PARAMETERS, "clock_drift_intervals": 13}),
        ("parameters", {**PARAMETERS, "clock_skew_seconds": 901}),
        ("parameters", {**PARAMETERS, "clock_skew_seconds": -1}),
        ("parameters", {**PARAMETERS, "retention_days": 0}),
        ("parameters", {**PARAMETERS, "shares": 12}),
        ("parameters", {**PARAMETERS, "more": 1}),
        ("broadcast", [bytes(15)]),
        ("broadcast", ["sixteen letters!"]),
        ("broadcast", [bytes(16)] * 3),
        ("commitment", [{}]),
        ("dummies", {"next_due": -1}),
        ("pending", [{"design": "lowcost", "records": []}]),
        ("receipts", [{}]),
        ("pending", [{"made": 0, "openings": [], "report": NO_KEYS}]),
        ("pending", [{"made": 0, "openings": [{"code": "0", "form": "code"}], "report": NO_KEYS}]),
        ("ring", {}),
    ],
    ids=str,
)
def test_a_field_out_of_its_range_is_refused(name: str, field: str, value: Value) -> None:
    with pytest.raises(MalformedError):
        Phone.load(sealed({**state(new(name)), field: value}), key=STATE_KEY)


@every_design
def test_the_parameters_above_are_good_where_nothing_is_wrong(name: str) -> None:
    value = {**state(new(name)), "parameters": PARAMETERS}
    assert state(Phone.load(sealed(value), key=STATE_KEY)) == value


@every_design
@pytest.mark.spec("PHONE-17")
def test_more_batches_than_a_phone_remembers_are_refused(name: str) -> None:
    many: list[Value] = [
        {"region": f"{number:05}", "release": 7200} for number in range(MAX_INGESTED + 1)
    ]
    with pytest.raises(LimitError):
        Phone.load(sealed({**state(new(name)), "ingested": many}), key=STATE_KEY)


DRAFTED = Parameters(
    epoch_minutes=120,
    window_minutes=1440,
    retention_days=2,
    clock_drift_intervals=1,
    clock_skew_seconds=0,
)
"""What the versions before 3 could say, and what they did not say as it is read now."""

drafted_designs = pytest.mark.parametrize("name", ["lowcost", "gaen"])


def as_version_2(phone: Phone) -> dict[str, Value]:
    """Return the state as version 2 wrote it, of a phone that has matched nothing."""
    newer = (*NEW_IN_VERSION_3, "receipts", "visits")
    value = {field: item for field, item in state(phone).items() if field not in newer}
    observations, parameters = items(phone, "observations"), value["parameters"]
    assert isinstance(parameters, dict)
    assert value["matches"] == []
    older: list[Value] = []
    for one in observations:
        assert isinstance(one, dict)
        rest = {field: one[field] for field in ("coarse", "offsets", "rssi", "slot")}
        identity, metadata = one["identity"], one["metadata"]
        assert isinstance(identity, bytes)
        assert isinstance(metadata, bytes)
        older.append({**rest, "service_data": identity + metadata})
    known = ("clock_drift_intervals", "epoch_minutes", "retention_days")
    records = phone.pending.records if phone.pending else ()
    report: Value = {
        "design": phone.design.name,
        "records": [{"attributes": list(one.attributes), "key": one.key} for one in records],
    }
    return {
        **value,
        "observations": older,
        "parameters": {field: parameters[field] for field in known},
        "pending": [{"made": LATER, "report": report}] if phone.pending else [],
    }


NEW_IN_VERSION_3 = ("commitment", "dummies")
NEW_IN_VERSION_2 = ("broadcast", "ingested", "matches", "pending")


@drafted_designs
@pytest.mark.spec("PHONE-9")
def test_a_phone_of_version_1_goes_on_where_it_was(name: str) -> None:
    phone, other = new(name, parameters=DRAFTED), new(name, parameters=DRAFTED)
    hear(phone, say(other))
    old = as_version_2(phone)
    for field in NEW_IN_VERSION_2:
        del old[field]
    migrated = Phone.load(sealed(old, version=1), key=STATE_KEY)
    assert {**state(migrated), "dummies": 0} == {**state(phone), "dummies": 0}
    assert migrated.dummy_due(MORNING)
    assert say(migrated) == say(phone)
    batch = batch_of(report(other, LATER), release=RELEASE)
    migrated.tick(RELEASE, rand=rand)
    assert len(migrated.ingest(batch)) == 1


@drafted_designs
@pytest.mark.spec("PHONE-22")
def test_a_phone_of_version_2_keeps_its_report_and_what_it_heard(name: str) -> None:
    phone, other = new(name, parameters=DRAFTED), new(name, parameters=DRAFTED)
    hear(phone, say(other))
    say(phone)
    made = report(phone, LATER)
    migrated = Phone.load(sealed(as_version_2(phone), version=2), key=STATE_KEY)
    assert {**state(migrated), "dummies": 0} == {**state(phone), "dummies": 0}
    assert migrated.dummy_due(LATER)
    assert migrated.pending == made
    assert migrated.parameters == DRAFTED
    migrated.tick(RELEASE, rand=rand)
    batch = batch_of(report(other, LATER), release=RELEASE)
    assert len(migrated.ingest(batch)) == 1


@drafted_designs
@pytest.mark.spec("PHONE-22")
@pytest.mark.parametrize("version", [1, 2, 4, 5, 6])
def test_a_state_is_read_as_the_version_it_claims_and_no_other(name: str, version: int) -> None:
    phone = new(name, parameters=DRAFTED)
    hear(phone, say(new(name, parameters=DRAFTED)))
    second = as_version_2(phone)
    first = {field: item for field, item in second.items() if field not in NEW_IN_VERSION_2}
    sixth = state(phone)
    fifth = {field: item for field, item in sixth.items() if field != "visits"}
    fourth = {field: item for field, item in fifth.items() if field != "receipts"}  # none pending
    states = {1: first, 2: second, 4: fourth, 5: fifth, 6: sixth}
    for written, value in states.items():
        if written == version:
            Phone.load(sealed(value, version=version), key=STATE_KEY)
            continue
        with pytest.raises(MalformedError):
            Phone.load(sealed(value, version=version), key=STATE_KEY)


@given(data=st.binary(max_size=200), known=st.booleans())
@pytest.mark.spec("PHONE-16", "PHONE-17")
def test_any_bytes_are_a_phone_or_refused(data: bytes, known: bool) -> None:
    saved = b"dp3t phone\x00\x06" + data if known else data
    with pytest.raises(Dp3tError):
        Phone.load(saved, key=STATE_KEY)


@every_design
@given(data=st.data())
@pytest.mark.spec("PHONE-17")
def test_any_field_replaced_is_refused_or_loads_as_itself(name: str, data: st.DataObject) -> None:
    value = dict(state(new(name, parameters=MINIMAL)))
    field = data.draw(st.sampled_from(sorted(value)))
    leaves = st.integers(-5, 2**33) | st.binary(max_size=40) | st.text(max_size=4) | st.booleans()
    value[field] = data.draw(
        st.recursive(
            leaves,
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["key", "keys", "order", "slot"]), inner)
            ),
        )
    )
    try:
        phone = Phone.load(sealed(value), key=STATE_KEY)
    except Dp3tError:
        return
    assert phone.to_value() == value


def test_a_phone_is_no_key_of_a_map_and_equals_no_other_thing() -> None:
    phone = new("lowcost")
    with pytest.raises(TypeError):
        hash(phone)
    assert phone != 1
    assert phone != new("lowcost")


def test_a_day_is_what_the_clock_says() -> None:
    assert day_of(MORNING) == DAY
