"""spec/proximity/advertisement.md."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.errors import Dp3tError, MalformedError, UnsupportedVersionError
from dp3t.proximity import advertisement
from dp3t.proximity.advertisement import Metadata, identifier_of, metadata_of
from vectors import Case, vector_cases

LOWCOST, GAEN = 0xFD68, 0xFD6F


@pytest.mark.parametrize("case", vector_cases("advertisement", operation="encode"))
def test_a_frame_is_encoded_as_the_vector_says(case: Case) -> None:
    service_data = bytes.fromhex(case["service_data"])
    frame = advertisement.encode(service_data, service_uuid=case["service_uuid"])
    assert frame.hex() == case["advertisement"]


@pytest.mark.parametrize("case", vector_cases("advertisement", operation="encode"))
def test_the_vector_is_what_the_table_says(case: Case) -> None:
    """The second witness: the table of the chapter, field by field."""
    uuid = case["service_uuid"].to_bytes(2, "little").hex()
    fields = ("02011a", "0303", uuid, "1716", uuid, case["identifier"], case["metadata"])
    assert "".join(fields) == case["advertisement"]


@pytest.mark.parametrize("operation", ["encode", "decode"])
@pytest.mark.spec("ADVERTISEMENT-2", "ADVERTISEMENT-3")
def test_a_good_frame_is_decoded_with_and_without_flags(operation: str) -> None:
    for param in vector_cases("advertisement", operation=operation, result="valid"):
        (case,) = param.values
        assert isinstance(case, dict)
        frame = bytes.fromhex(case["advertisement"])
        found = advertisement.decode(frame, service_uuid=case["service_uuid"])
        assert found.hex() == case["service_data"]
        assert identifier_of(found).hex() == case["identifier"]
        assert metadata_of(found).hex() == case["metadata"]


@pytest.mark.parametrize(
    "case", vector_cases("advertisement", operation="decode", result="malformed")
)
def test_a_frame_with_one_fault_is_refused(case: Case) -> None:
    with pytest.raises(MalformedError):
        advertisement.decode(
            bytes.fromhex(case["advertisement"]), service_uuid=case["service_uuid"]
        )


@pytest.mark.parametrize(
    "case", vector_cases("advertisement", operation="metadata", result="valid")
)
def test_metadata_are_encoded_and_decoded_as_the_vector_says(case: Case) -> None:
    metadata = Metadata(
        tx_power_dbm=case["tx_power_dbm"],
        minor_version=case["minor_version"],
        calibration_confidence=case["calibration_confidence"],
    )
    assert metadata.encode().hex() == case["metadata"]
    assert Metadata.decode(bytes.fromhex(case["metadata"])) == metadata


@pytest.mark.parametrize(
    "case", vector_cases("advertisement", operation="metadata", result="valid")
)
def test_the_vector_of_metadata_is_what_the_table_says(case: Case) -> None:
    """The second witness: the bits of the table, written as text."""
    first = f"01{case['minor_version']:02b}{case['calibration_confidence']:02b}00"
    power = case["tx_power_dbm"] % 256
    assert case["metadata"] == f"{int(first, 2):02x}{power:02x}0000"


@pytest.mark.parametrize(
    "case", vector_cases("advertisement", operation="metadata", result="malformed")
)
def test_metadata_with_one_fault_are_refused(case: Case) -> None:
    with pytest.raises(MalformedError):
        Metadata.decode(bytes.fromhex(case["metadata"]))


@pytest.mark.spec("ADVERTISEMENT-5")
def test_another_version_of_metadata_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedVersionError, match=r"2\.1"):
        Metadata.decode(bytes.fromhex("90080000"))
    with pytest.raises(UnsupportedVersionError, match=r"1\.2"):
        Metadata.decode(bytes.fromhex("60080000"))


@pytest.mark.parametrize("length", [0, 19, 21])
def test_service_data_of_another_length_cannot_be_encoded(length: int) -> None:
    with pytest.raises(ValueError, match="20 bytes"):
        advertisement.encode(bytes(length), service_uuid=GAEN)


@pytest.mark.parametrize("uuid", [-1, 0x1_0000])
def test_a_uuid_of_another_size_is_a_mistake(uuid: int) -> None:
    with pytest.raises(ValueError, match="16 bits"):
        advertisement.encode(bytes(20), service_uuid=uuid)


@pytest.mark.parametrize(
    ("tx_power_dbm", "minor_version", "confidence"),
    [(-129, 1, 0), (128, 1, 0), (0, 2, 0), (0, -1, 0), (0, 1, 4), (0, 1, -1), (0, 0, 1)],
)
def test_metadata_out_of_range_are_a_mistake(
    tx_power_dbm: int, minor_version: int, confidence: int
) -> None:
    with pytest.raises(ValueError, match=r"power|confidence"):
        Metadata(
            tx_power_dbm=tx_power_dbm,
            minor_version=minor_version,
            calibration_confidence=confidence,
        )


@pytest.mark.spec("ADVERTISEMENT-1", "ADVERTISEMENT-3")
@given(service_data=st.binary(min_size=20, max_size=20), uuid=st.sampled_from([LOWCOST, GAEN]))
def test_whatever_is_encoded_is_31_bytes_and_decodes(service_data: bytes, uuid: int) -> None:
    frame = advertisement.encode(service_data, service_uuid=uuid)
    assert len(frame) == 31
    assert advertisement.decode(frame, service_uuid=uuid) == service_data
    assert advertisement.decode(frame[3:], service_uuid=uuid) == service_data


@pytest.mark.spec("ADVERTISEMENT-2")
@given(
    data=st.binary(max_size=40)
    | st.binary(max_size=24).map(bytes.fromhex("02011a030368fd171668fd").__add__)
)
def test_any_bytes_are_a_frame_or_malformed(data: bytes) -> None:
    try:
        found = advertisement.decode(data, service_uuid=LOWCOST)
    except Dp3tError:
        return
    assert advertisement.encode(found, service_uuid=LOWCOST).endswith(data)


@pytest.mark.spec("ADVERTISEMENT-4", "ADVERTISEMENT-5")
@given(data=st.binary(max_size=6) | st.binary(min_size=4, max_size=4))
def test_any_bytes_are_metadata_or_malformed(data: bytes) -> None:
    try:
        found = Metadata.decode(data)
    except Dp3tError:
        return
    assert found.encode() == data
