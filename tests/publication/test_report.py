"""spec/publication/report.md."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from dp3t.errors import (
    Dp3tError,
    ExpiredError,
    LimitError,
    MalformedError,
    PolicyError,
    ReplayError,
    TransportError,
    UnsupportedVersionError,
)
from dp3t.publication.authorization import UploadCode
from dp3t.publication.batch import KeyRecord
from dp3t.publication.report import (
    ANSWER_BYTES,
    MAX_KEYS,
    REFUSALS,
    UPLOAD_BYTES,
    Report,
    Upload,
    check_answer,
    encode_answer,
)
from publication_cases import altered, record_lists
from vectors import Case, vector_cases

CODE = UploadCode("0123456789012345678968")


def padded(message: bytes) -> bytes:
    return (message + b"\x80").ljust(UPLOAD_BYTES, b"\0")


def upload_of(records: list[KeyRecord], *, design: str = "gaen") -> Upload:
    return Upload(CODE, Report(design=design, records=tuple(records)))


@pytest.mark.parametrize("case", vector_cases("report", operation="upload", result="valid"))
def test_an_upload_is_read_to_its_fields_and_both_witnesses_write_it(case: Case) -> None:
    message = bytes.fromhex(case["message"])
    upload = Upload.decode(padded(message))
    records = [
        {"attributes": record["attributes"], "key": bytes.fromhex(record["key"])}
        for record in case["records"]
    ]
    assert (upload.code.digits(), upload.report.design) == (case["code"], case["design"])
    assert upload.report.records == tuple(
        KeyRecord(tuple(record["attributes"]), record["key"]) for record in records
    )
    assert upload.encode() == padded(message)
    assert message == oracle.msgpack_encode(
        {
            "version": 1,
            "code": case["code"],
            "report": {"design": case["design"], "records": records},
        }
    )


@pytest.mark.parametrize("case", vector_cases("report", operation="upload", result="malformed"))
def test_an_upload_with_one_fault_is_refused(case: Case) -> None:
    with pytest.raises(MalformedError):
        Upload.decode(padded(bytes.fromhex(case["message"])))


@pytest.mark.spec("CODEC-8")
@pytest.mark.parametrize("case", vector_cases("report", id="version-2"))
def test_an_upload_of_a_later_version_is_refused_by_that_name(case: Case) -> None:
    with pytest.raises(UnsupportedVersionError, match="the upload has version 2"):
        Upload.decode(padded(bytes.fromhex(case["message"])))


@pytest.mark.parametrize("case", vector_cases("report", operation="body"))
def test_a_body_that_is_not_well_padded_is_refused(case: Case) -> None:
    with pytest.raises(MalformedError):
        Upload.decode(bytes.fromhex(case["body"]).ljust(case["body_bytes"], b"\0"))


class TestUpload:
    """4096 bytes, whatever is in them."""

    @pytest.mark.spec("REPORT-1", "REPORT-2")
    @given(records=record_lists(least=1, most=20))
    def test_an_upload_has_one_size_and_one_form(self, records: list[KeyRecord]) -> None:
        body = upload_of(records).encode()
        assert len(body) == UPLOAD_BYTES
        again = Upload.decode(body)
        assert again.report.records == tuple(sorted(set(records)))
        assert again.code == CODE
        assert again.encode() == body

    @pytest.mark.spec("REPORT-1")
    @given(records=record_lists(least=1, most=20))
    def test_the_phones_order_leaves_no_trace(self, records: list[KeyRecord]) -> None:
        assert upload_of(records).encode() == upload_of([*records[::-1], records[0]]).encode()

    @pytest.mark.spec("REPORT-2")
    def test_a_report_that_does_not_fit_is_not_sent(self) -> None:
        largest = [KeyRecord((2**32 - 1,) * 8, bytes([n]) * 64) for n in range(33)]
        assert len(upload_of(largest[1:], design="x" * 16).encode()) == UPLOAD_BYTES
        with pytest.raises(LimitError, match="does not fit"):
            upload_of(largest, design="x" * 16).encode()

    @pytest.mark.spec("REPORT-2")
    def test_the_longest_message_leaves_room_for_the_mark(self) -> None:
        """Valid: 4095 bytes. Invalid: one more."""
        records = [KeyRecord((2**32 - 1,) * 8, bytes([n]) * 56) for n in range(35)]
        body = upload_of(records, design="x" * 5).encode()
        assert body.endswith(b"\x01\x80")  # the last field of the message, and the mark
        assert Upload.decode(body).report.design == "x" * 5
        with pytest.raises(LimitError, match="does not fit"):
            upload_of(records, design="x" * 6).encode()

    @pytest.mark.spec("REPORT-1")
    def test_64_gaen_keys_fit_and_65_are_refused(self) -> None:
        keys = [KeyRecord((2**32 - 1, 144, 1, -14), bytes([n]) * 16) for n in range(MAX_KEYS + 1)]
        assert len(Upload.decode(upload_of(keys[1:]).encode()).report.records) == MAX_KEYS
        with pytest.raises(LimitError, match="64"):
            upload_of(keys).encode()

    @pytest.mark.spec("REPORT-1")
    @pytest.mark.parametrize(
        "records",
        [
            [],
            [KeyRecord((1,), bytes(15))],
            [KeyRecord((), bytes(16))],
            [KeyRecord((2**32,), bytes(16))],
            [KeyRecord((1,), bytes(16)), KeyRecord((2,), bytes(32))],
            [KeyRecord((1,), bytes(16)), KeyRecord((2, 3), bytes(16))],
        ],
        ids=["none", "key-of-15", "no-attributes", "range", "two-key-lengths", "two-widths"],
    )
    def test_a_report_that_no_server_reads_is_refused_on_the_phone(
        self, records: list[KeyRecord]
    ) -> None:
        with pytest.raises(MalformedError):
            upload_of(records).encode()

    def test_a_report_hides_its_keys(self) -> None:
        upload = upload_of([KeyRecord((1,), b"ABCDEFGHIJKLMNOP")])
        assert "ABCD" not in repr(upload)
        assert repr(upload.report) == "Report(design='gaen')"


class TestHostile:
    """Whatever the bytes, an error of ours."""

    @given(data=st.binary(max_size=100) | st.binary(max_size=100).map(padded))
    def test_any_bytes_are_refused_with_an_error_of_ours(self, data: bytes) -> None:
        with pytest.raises(Dp3tError):
            Upload.decode(data)

    @pytest.mark.spec("REPORT-3")
    @given(data=st.data(), records=record_lists(least=1, most=8))
    def test_an_altered_message_is_refused_or_is_the_one_encoding_of_another_upload(
        self, data: st.DataObject, records: list[KeyRecord]
    ) -> None:
        message = upload_of(records).encode().rstrip(b"\0")[:-1]
        body = padded(data.draw(altered(message)))
        try:
            upload = Upload.decode(body)
        except Dp3tError:
            return
        assert upload.encode() == body


class TestAnswer:
    """256 bytes, one of five texts."""

    @pytest.mark.parametrize("case", vector_cases("report", operation="answer"))
    def test_an_answer_is_the_text_of_the_table_and_spaces(self, case: Case) -> None:
        body = encode_answer(case["refusal"] or None)
        assert body == case["text"].encode().ljust(ANSWER_BYTES)
        said = json.loads(body)
        assert said.get("refusal", "") == case["refusal"]
        assert said["accepted"] is (case["result"] == "valid")
        if case["result"] == "valid":
            check_answer(body)
        else:
            with pytest.raises(PolicyError, match=case["refusal"]):
                check_answer(body)

    @pytest.mark.spec("REPORT-4")
    def test_every_answer_has_256_bytes(self) -> None:
        answers = {encode_answer(), *map(encode_answer, REFUSALS)}
        assert {len(answer) for answer in answers} == {ANSWER_BYTES}
        assert len(answers) == 5

    @pytest.mark.spec("REPORT-4")
    @pytest.mark.parametrize(
        ("refusal", "error"), [("expired-code", ExpiredError), ("used-code", ReplayError)]
    )
    def test_the_reasons_a_patient_can_act_on_have_errors_of_their_own(
        self, refusal: str, error: type[PolicyError]
    ) -> None:
        with pytest.raises(error):
            check_answer(encode_answer(refusal))

    @pytest.mark.parametrize("case", vector_cases("report", operation="answer-not-understood"))
    def test_another_answer_is_none(self, case: Case) -> None:
        with pytest.raises(TransportError):
            check_answer(case["text"].encode())

    @pytest.mark.spec("REPORT-5")
    @given(body=st.binary(max_size=300) | altered(encode_answer("used-code")))
    def test_any_bytes_are_no_answer(self, body: bytes) -> None:
        with pytest.raises(TransportError):
            check_answer(body)

    def test_a_refusal_that_does_not_exist_is_a_mistake_of_the_program(self) -> None:
        with pytest.raises(ValueError, match="no refusal"):
            encode_answer("closed")
