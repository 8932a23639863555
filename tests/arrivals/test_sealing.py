"""spec/arrivals/sealing.md: one envelope, two parts, each for one recipient."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle_arrivals
from declarations import (
    BINDING,
    BORDER,
    ENTRY_DAY,
    ENVELOPE_CASE,
    HANOI,
    HUE,
    KEYS,
    SECRET,
    envelope,
)
from dp3t.arrivals.sealing import (
    CONTENT_BYTES,
    ENVELOPE_BYTES,
    HEADER_BYTES,
    MAX_KEPT_DAYS,
    ROLES,
    Envelope,
    Header,
    require_kept,
    require_withdrawable,
    seal_context,
    withdrawal_digest,
)
from dp3t.codec import pad
from dp3t.errors import (
    ExpiredError,
    LimitError,
    MalformedError,
    UnsupportedVersionError,
    VerificationError,
)
from dp3t.params import LAST_DAY
from dp3t.primitives import X25519PrivateKey, hpke_seal_with_os_randomness, sha256
from dp3t.timeline import Day
from oracle_seal import OracleError
from vectors import Case, vector_cases

SEALED = envelope()
"""What a device sealed just now."""

KNOWN = Envelope.decode(bytes.fromhex(ENVELOPE_CASE["envelope"]))
"""The envelope of the vectors."""


def header_of(case: dict[str, Any]) -> Header:
    return Header(
        keys_number=case["keys_number"],
        entry_day=Day(case["entry_day"]),
        expiry_day=Day(case["expiry_day"]),
        arrival_point=case["arrival_point"],
        withdrawal_digest=withdrawal_digest(bytes.fromhex(case["withdrawal_secret"])),
        binding=bytes.fromhex(case["binding"]),
    )


class TestHeader:
    """What the server reads."""

    @pytest.mark.parametrize("case", vector_cases("sealing", operation="header", result="valid"))
    def test_it_has_81_bytes(self, case: Case) -> None:
        data = bytes.fromhex(case["header"])
        assert header_of(case).encode() == data
        assert Header.decode(data) == header_of(case)
        assert oracle_arrivals.header(case) == data

    @pytest.mark.parametrize(
        "case", vector_cases("sealing", operation="header", result="malformed")
    )
    def test_it_is_refused_by_its_fault(self, case: Case) -> None:
        with pytest.raises(MalformedError) as refused:
            Header.decode(bytes.fromhex(case["header"]))
        of_version = isinstance(refused.value, UnsupportedVersionError)
        assert of_version == ("version" in case["id"])

    @pytest.mark.parametrize("field", ["withdrawal_digest", "binding"])
    @pytest.mark.parametrize("length", [0, 31, 33])
    def test_a_field_of_another_length_is_none(self, field: str, length: int) -> None:
        with pytest.raises(MalformedError):
            Header(**{**_fields(KNOWN.header), field: bytes(length)})

    def test_its_repr_shows_neither_binding_nor_digest(self) -> None:
        assert BINDING.hex() not in repr(KNOWN)
        assert repr(BINDING) not in repr(KNOWN)
        assert "withdrawal" not in repr(KNOWN)


def _fields(header: Header) -> dict[str, Any]:
    return {name: getattr(header, name) for name in Header.__slots__}


class TestEnvelope:
    """The whole of it."""

    @pytest.mark.parametrize("case", vector_cases("sealing", operation="envelope"))
    def test_each_recipient_opens_its_part(self, case: Case) -> None:
        data = bytes.fromhex(case["envelope"])
        read = Envelope.decode(data)
        assert read.encode() == data
        assert read.header == header_of(case)
        assert read.declaration_id.hex() == case["declaration_id"] == sha256(data).hex()
        for role in ROLES:
            private = X25519PrivateKey(bytes.fromhex(case[f"{role}_private"]))
            assert read.open(private, role=role).decode() == case[f"{role}_content"]

    def test_the_second_witness_seals_the_part_of_the_province_alike(self) -> None:
        case = ENVELOPE_CASE
        part = oracle_arrivals.part(
            bytes.fromhex(case["province_ephemeral"]),
            HANOI.public().to_bytes(),
            oracle_arrivals.header(case),
            "province",
            case["province_content"].encode(),
        )
        assert part == oracle_arrivals.split(bytes.fromhex(case["envelope"]))["province"]

    @pytest.mark.spec("HPKE-2", "SEALING-4")
    @pytest.mark.parametrize("role", ROLES)
    def test_a_context_says_what_is_sealed_for_whom_under_which_header(self, role: str) -> None:
        what, said, header = seal_context(KNOWN.header, role).split(b"\0", 2)
        assert (what, said.decode(), header) == (
            b"dp3t declaration 1",
            role,
            KNOWN.header.encode(),
        )

    @pytest.mark.spec("SEALING-4")
    def test_the_second_witness_opens_what_a_device_seals(self) -> None:
        data = SEALED.encode()
        assert len(data) == ENVELOPE_BYTES == 24_753
        said = oracle_arrivals.opened(HANOI.to_bytes(), data, "province")
        assert said["values"]["surname"] == "Nguyễn"
        assert "document_number" not in said["values"]
        with pytest.raises(OracleError):
            oracle_arrivals.opened(HUE.to_bytes(), data, "province")

    @pytest.mark.parametrize("case", vector_cases("sealing", operation="open"))
    def test_nobody_else_opens_a_part_and_no_altered_envelope_opens(self, case: Case) -> None:
        data = bytearray(KNOWN.encode())
        if "altered" in case:
            data[case["altered"]] ^= 1
        private = X25519PrivateKey(bytes.fromhex(case["private"]))
        with pytest.raises(VerificationError, match=f"the {case['role']}'s part does not open"):
            Envelope.decode(bytes(data)).open(private, role=case["role"])

    @pytest.mark.spec("SEALING-4")
    @pytest.mark.parametrize("role", ROLES)
    def test_parts_exchanged_between_two_envelopes_do_not_open(self, role: str) -> None:
        """Two declarations of one traveller: only their withdrawal secrets differ."""
        digest = withdrawal_digest(bytes(32))
        other = Envelope.seal(
            replace(SEALED.header, withdrawal_digest=digest),
            border=(BORDER.public(), b"{}"),
            province=(HANOI.public(), b"{}"),
        )
        mixed = Envelope(other.header, SEALED.border, SEALED.province)
        key = BORDER if role == "border" else HANOI
        assert other.open(key, role=role) == b"{}"
        with pytest.raises(VerificationError):
            mixed.open(key, role=role)

    @pytest.mark.spec("SEALING-4")
    def test_a_part_for_one_role_does_not_open_in_the_place_of_the_other(self) -> None:
        """Not even where both roles have one key and both parts had one length."""
        header = KNOWN.header
        for context, opens in (("border", True), ("province", False)):
            part = hpke_seal_with_os_randomness(
                BORDER.public(),
                pad(b"{}", to_bytes=CONTENT_BYTES["border"]),
                context=seal_context(header, context),
            )
            made = Envelope(header, part, KNOWN.province)
            if opens:
                assert made.open(BORDER, role="border") == b"{}"
            else:
                with pytest.raises(VerificationError):
                    made.open(BORDER, role="border")

    def test_a_part_with_damaged_padding_is_malformed(self) -> None:
        part = hpke_seal_with_os_randomness(
            BORDER.public(),
            bytes(CONTENT_BYTES["border"]),
            context=seal_context(KNOWN.header, "border"),
        )
        with pytest.raises(MalformedError, match="padding"):
            Envelope(KNOWN.header, part, KNOWN.province).open(BORDER, role="border")

    @pytest.mark.spec("SEALING-8")
    def test_the_province_of_destination_is_nowhere_in_an_envelope(self) -> None:
        elsewhere = envelope(province="46")
        assert elsewhere.header == SEALED.header
        for each in (SEALED, elsewhere):
            data = each.encode()
            assert all(key.to_bytes() not in data for key in KEYS.provinces.values())
        assert SEALED.province[:32] not in (elsewhere.province[:32], SEALED.border[:32])
        assert elsewhere.open(HUE, role="province")

    @pytest.mark.spec("SEALING-1")
    @pytest.mark.parametrize("length", [0, 1, HEADER_BYTES, ENVELOPE_BYTES - 1])
    def test_an_envelope_that_was_cut_is_malformed(self, length: int) -> None:
        with pytest.raises(MalformedError, match="24753 bytes"):
            Envelope.decode(KNOWN.encode()[:length])

    @pytest.mark.spec("SEALING-1")
    @pytest.mark.parametrize("more", [1, 10_000_000])
    def test_an_envelope_that_is_too_long_is_refused_for_its_length(self, more: int) -> None:
        with pytest.raises(LimitError):
            Envelope.decode(KNOWN.encode() + bytes(more))

    @pytest.mark.spec("SEALING-3")
    @pytest.mark.parametrize("role", ROLES)
    def test_a_content_fills_its_part_up_to_the_last_byte_but_one(self, role: str) -> None:
        most = bytes(CONTENT_BYTES[role] - 1)
        contents = dict.fromkeys(ROLES, b"") | {role: most}
        parts = {"border": BORDER.public(), "province": HANOI.public()}
        sealed = Envelope.seal(
            KNOWN.header, **{each: (parts[each], contents[each]) for each in ROLES}
        )
        key = BORDER if role == "border" else HANOI
        assert sealed.open(key, role=role) == most
        contents[role] += b"\0"
        with pytest.raises(LimitError, match=f"{len(most) + 1} bytes, not at most {len(most)}"):
            Envelope.seal(KNOWN.header, **{each: (parts[each], contents[each]) for each in ROLES})

    def test_parts_of_other_lengths_make_no_envelope(self) -> None:
        with pytest.raises(MalformedError):
            Envelope(KNOWN.header, KNOWN.province, KNOWN.border)

    def test_there_are_two_roles(self) -> None:
        with pytest.raises(ValueError, match="no role"):
            KNOWN.open(BORDER, role="police")

    @pytest.mark.spec("SEALING-5")
    def test_two_sealings_of_one_declaration_have_two_ids(self) -> None:
        again = envelope()
        assert again.header == SEALED.header
        assert again.declaration_id != SEALED.declaration_id


class TestWithdrawing:
    """The secret, and the day of expiry."""

    @pytest.mark.spec("SEALING-6")
    def test_the_secret_withdraws_and_no_other_does(self) -> None:
        require_withdrawable(KNOWN.header, SECRET)
        assert KNOWN.header.withdrawal_digest == sha256(SECRET)
        for wrong in (bytes(32), SECRET[:-1] + b"\0", KNOWN.header.withdrawal_digest):
            with pytest.raises(VerificationError, match="not that of the declaration"):
                require_withdrawable(KNOWN.header, wrong)

    @pytest.mark.spec("SEALING-6")
    @pytest.mark.parametrize("length", [0, 31, 33])
    def test_a_secret_has_32_bytes(self, length: int) -> None:
        with pytest.raises(MalformedError):
            withdrawal_digest(bytes(length))

    @pytest.mark.spec("SEALING-7")
    def test_a_declaration_is_kept_until_the_day_before_its_expiry(self) -> None:
        require_kept(KNOWN.header, today=Day(ENTRY_DAY + 20))
        for late in (21, 22, 400):
            with pytest.raises(ExpiredError):
                require_kept(KNOWN.header, today=Day(ENTRY_DAY + late))


@pytest.mark.spec("SEALING-1", "SEALING-2")
@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, LAST_DAY + 2),
    st.integers(-2, MAX_KEPT_DAYS + 2),
    st.text("AZ09az _\n", min_size=4, max_size=4),
    st.binary(min_size=64, max_size=64),
)
def test_any_header_is_read_as_it_is_written_or_refused(
    number: int, entry: int, kept: int, point: str, rest: bytes
) -> None:
    expiry = max(0, entry + kept)
    days = expiry.to_bytes(4, "big") + entry.to_bytes(4, "big")
    data = b"\1" + number.to_bytes(4, "big") + days + point.encode() + rest
    sound = (
        number > 0
        and entry < expiry <= min(LAST_DAY, entry + MAX_KEPT_DAYS)
        and set(point) <= set("AZ09")
    )
    if sound:
        assert Header.decode(data).encode() == data
    else:
        with pytest.raises(MalformedError):
            Header.decode(data)
