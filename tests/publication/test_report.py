"""spec/publication/report.md."""

import json
import tracemalloc
from collections.abc import Callable, Sequence
from random import Random

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
from dp3t.params import STANDARD, Parameters
from dp3t.proximity import DESIGN_NAMES, design
from dp3t.publication.answer import ANSWER_BYTES
from dp3t.publication.authorization import UploadCode
from dp3t.publication.commitment import Openings
from dp3t.publication.records import MAX_GROUPS, KeyRecord, KeyTable
from dp3t.publication.report import (
    MAX_KEYS,
    REFUSALS,
    UPLOAD_SIZES,
    Report,
    Upload,
    check_answer,
    encode_answer,
    upload_bytes,
)
from dp3t.timeline import Day, Instant
from publication_cases import altered, record_lists
from vectors import Case, vector_cases

CODE = UploadCode("0123456789012345678968")
SMALLEST, LARGEST = UPLOAD_SIZES[0], UPLOAD_SIZES[-1]
TODAY = 18_813


def padded(message: bytes, *, to_bytes: int = SMALLEST) -> bytes:
    return (message + b"\x80").ljust(to_bytes, b"\0")


def upload_of(records: Sequence[KeyRecord], *, design: str = "gaen") -> Upload:
    return Upload(CODE, Report(design=design, records=tuple(records)))


def longest_report(name: str, parameters: Parameters) -> Report:
    """Return the report of all that a phone keeps, a moment before midnight."""
    chosen, rand = design(name), Random(3).randbytes
    first = Day(TODAY - parameters.retention_days)
    ring = chosen.generate(now=Instant(86_400 * first), parameters=parameters, rand=rand)
    for moment in (*range(86_400 * first, 86_400 * (TODAY + 1), 86_400), 86_400 * (TODAY + 1) - 1):
        ring = ring.rotated(now=Instant(moment), parameters=parameters, rand=rand)
    now = Instant(86_400 * (TODAY + 1) - 1)
    keys, _ = ring.released(since=first, onset=first, now=now, parameters=parameters, rand=rand)
    return Report(design=name, records=tuple(key.record() for key in keys))


@pytest.mark.parametrize("case", vector_cases("report", operation="upload", result="valid"))
def test_an_upload_is_read_to_its_fields_and_both_witnesses_write_it(case: Case) -> None:
    message, size = bytes.fromhex(case["message"]), case["body_bytes"]
    upload = Upload.decode(padded(message, to_bytes=size))
    records = [
        (tuple(record["attributes"]), bytes.fromhex(record["key"])) for record in case["records"]
    ]
    assert upload.authorization == UploadCode(case["code"])
    assert upload.report.design == case["design"]
    assert [(record.attributes, record.key) for record in upload.report.records] == records
    assert upload.encode(to_bytes=size) == padded(message, to_bytes=size)
    table = oracle.key_table(oracle.key_groups(records))
    assert message == oracle.msgpack_encode(
        {
            "version": 1,
            "authorization": {"code": case["code"], "form": "code"},
            "report": {"design": case["design"], "records": table},
        }
    )


@pytest.mark.parametrize("case", vector_cases("report", operation="upload", result="malformed"))
def test_an_upload_with_one_fault_is_refused(case: Case) -> None:
    with pytest.raises(MalformedError):
        Upload.decode(padded(bytes.fromhex(case["message"])))


@pytest.mark.parametrize("case", vector_cases("report", operation="upload", result="limit"))
def test_an_upload_over_a_limit_is_refused(case: Case) -> None:
    with pytest.raises(LimitError):
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
    """One length for a design, whatever is in it."""

    @pytest.mark.spec("REPORT-1", "REPORT-2")
    @given(records=record_lists(least=1, most=20), size=st.sampled_from(UPLOAD_SIZES[:3]))
    def test_an_upload_has_the_length_it_is_told_and_one_form(
        self, records: list[KeyRecord], size: int
    ) -> None:
        body = upload_of(records).encode(to_bytes=size)
        assert len(body) == size
        again = Upload.decode(body)
        assert again.report.records == tuple(sorted(set(records)))
        assert again.authorization == CODE
        assert again.encode(to_bytes=size) == body

    @pytest.mark.spec("REPORT-1")
    @given(records=record_lists(least=1, most=20))
    def test_the_phones_order_leaves_no_trace(self, records: list[KeyRecord]) -> None:
        bodies = {
            upload_of(some).encode(to_bytes=SMALLEST)
            for some in (records, [*records[::-1], records[0]])
        }
        assert len(bodies) == 1

    @pytest.mark.spec("REPORT-2")
    @pytest.mark.parametrize(
        "size", [0, 100, SMALLEST - 1, SMALLEST + 1, 2 * SMALLEST, 4 * LARGEST]
    )
    def test_a_length_that_no_upload_has_is_a_mistake_of_the_program(self, size: int) -> None:
        with pytest.raises(ValueError, match="UPLOAD_SIZES"):
            upload_of([KeyRecord((1,), bytes(16))]).encode(to_bytes=size)

    @pytest.mark.spec("REPORT-2")
    def test_the_longest_message_leaves_room_for_the_mark(self) -> None:
        """Valid: one byte less than the body. Invalid: as many."""
        keys = [KeyRecord((1,), n.to_bytes(16, "big")) for n in range(300)]
        fitting = max(n for n in range(1, 300) if self._fits(keys[:n]))
        names = [n for n in range(1, 17) if self._fits(keys[:fitting], named="x" * n)]
        longest = "x" * max(names)
        body = upload_of(keys[:fitting], design=longest).encode(to_bytes=SMALLEST)
        assert body.endswith(b"\x01\x80")  # the last field of the message, and the mark
        assert Upload.decode(body).report.design == longest
        assert not self._fits(keys[:fitting], named=longest + "x")

    @staticmethod
    def _fits(records: list[KeyRecord], *, named: str = "gaen") -> bool:
        try:
            upload_of(records, design=named).encode(to_bytes=SMALLEST)
        except LimitError:
            return False
        return True

    @pytest.mark.spec("REPORT-1")
    def test_as_many_keys_as_the_limit_are_taken_and_one_more_is_refused(self) -> None:
        keys = [KeyRecord((1,), n.to_bytes(16, "big")) for n in range(MAX_KEYS + 1)]
        body = upload_of(keys[1:]).encode(to_bytes=LARGEST)
        assert len(Upload.decode(body).report.records) == MAX_KEYS
        with pytest.raises(LimitError, match="131072"):
            upload_of(keys).encode(to_bytes=LARGEST)

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
            upload_of(records).encode(to_bytes=SMALLEST)

    def test_a_report_hides_its_keys(self) -> None:
        upload = upload_of([KeyRecord((1,), b"ABCDEFGHIJKLMNOP")])
        assert "ABCD" not in repr(upload)
        assert repr(upload.report) == "Report(design='gaen')"


class TestLengths:
    """From a design and the region's parameters, never from a report."""

    @pytest.mark.spec("REPORT-2")
    @pytest.mark.parametrize(
        ("name", "parameters", "size"),
        [
            ("lowcost", STANDARD, 4_096),
            ("gaen", STANDARD, 4_096),
            ("hybrid", STANDARD, 4_096),
            ("unlinkable", STANDARD, 65_536),
            ("hybrid", Parameters(window_minutes=120), 16_384),
            ("lowcost", Parameters(retention_days=63), 4_096),
            ("gaen", Parameters(retention_days=63), 4_096),
            ("unlinkable", Parameters(retention_days=63), 262_144),
            ("unlinkable", Parameters(epoch_minutes=1), 1_048_576),
        ],
    )
    def test_the_lengths_of_the_chapter(self, name: str, parameters: Parameters, size: int) -> None:
        assert design(name).upload_bytes(parameters) == size

    @pytest.mark.spec("REPORT-2")
    @pytest.mark.parametrize(("keys", "size"), [(0, 4_096), (48, 4_096), (49, 16_384)])
    def test_a_length_holds_the_keys_and_2560_bytes(self, keys: int, size: int) -> None:
        assert upload_bytes(keys=keys, key_bytes=32) == size

    @pytest.mark.spec("REPORT-2")
    @pytest.mark.parametrize(
        ("keys", "key_bytes"), [(MAX_GROUPS + 1, 16), (LARGEST // 64, 64), (2**40, 32)]
    )
    def test_a_design_whose_reports_fit_nowhere_is_refused(self, keys: int, key_bytes: int) -> None:
        with pytest.raises(ValueError, match="a report would"):
            upload_bytes(keys=keys, key_bytes=key_bytes)

    @pytest.mark.spec("REPORT-2")
    @pytest.mark.parametrize(("days", "runs"), [(44, True), (45, False)])
    def test_epochs_of_a_minute_are_refused_where_they_are_kept_too_long(
        self, days: int, runs: bool
    ) -> None:
        parameters = Parameters(epoch_minutes=1, window_minutes=10, retention_days=days)
        if runs:
            assert design("unlinkable").upload_bytes(parameters) == LARGEST
            return
        with pytest.raises(ValueError, match="65536 keys"):
            design("unlinkable").upload_bytes(parameters)

    @pytest.mark.spec("REPORT-2")
    @pytest.mark.parametrize("name", DESIGN_NAMES)
    @pytest.mark.parametrize(
        "parameters",
        [
            STANDARD,
            Parameters(retention_days=1),
            Parameters(retention_days=63),
            Parameters(window_minutes=10, epoch_minutes=10),
            Parameters(window_minutes=120, epoch_minutes=120, retention_days=62),
            Parameters(window_minutes=720, retention_days=62),
            Parameters(window_minutes=1440, retention_days=62),
        ],
        ids=["standard", "a-day", "63-days", "10-minutes", "2-hours", "half-days", "days"],
    )
    def test_the_longest_report_of_a_design_fits_with_either_form_of_authorisation(
        self, name: str, parameters: Parameters
    ) -> None:
        """Valid: each form fills one upload of the same length, as the shortest report does."""
        size = design(name).upload_bytes(parameters)
        days = [Day(TODAY - ago) for ago in range(parameters.retention_days, -1, -1)]
        randoms = tuple(bytes([place]) * 32 for place, _ in enumerate(days))
        longest = longest_report(name, parameters)
        shortest = Report(design=name, records=longest.records[:1])
        for authorization in (CODE, Openings(days=tuple(days), randoms=randoms)):
            for report in (longest, shortest):
                body = Upload(authorization, report).encode(to_bytes=size)
                assert len(body) == size
                assert set(Upload.decode(body).report.records) == set(report.records)


class TestHostile:
    """Whatever the bytes, an error of ours, soon and in little memory."""

    @given(data=st.binary(max_size=100) | st.binary(max_size=100).map(padded))
    def test_any_bytes_are_refused_with_an_error_of_ours(self, data: bytes) -> None:
        with pytest.raises(Dp3tError):
            Upload.decode(data)

    @pytest.mark.spec("REPORT-3")
    @given(data=st.data(), records=record_lists(least=1, most=8))
    def test_an_altered_message_is_refused_or_is_the_one_encoding_of_another_upload(
        self, data: st.DataObject, records: list[KeyRecord]
    ) -> None:
        message = upload_of(records).encode(to_bytes=SMALLEST).rstrip(b"\0")[:-1]
        body = padded(data.draw(altered(message)))
        try:
            upload = Upload.decode(body)
        except Dp3tError:
            return
        assert upload.encode(to_bytes=SMALLEST) == body

    @pytest.mark.spec("REPORT-3")
    def test_a_report_without_keys_is_refused_though_an_empty_table_is_good(self) -> None:
        empty = KeyTable.of([]).to_value()
        assert list(KeyTable.from_value(empty)) == []
        with pytest.raises(MalformedError, match="no records"):
            Report.from_value({"design": "gaen", "records": empty})

    @pytest.mark.spec("REPORT-3")
    @pytest.mark.parametrize(
        "message",
        [
            pytest.param(lambda n: b"\xdd" + n.to_bytes(4, "big") + b"\x90" * n, id="empty-lists"),
            pytest.param(lambda n: b"\xdd" + n.to_bytes(4, "big") + b"\x01" * n, id="numbers"),
            pytest.param(lambda n: b"\xdd\xff\xff\xff\xff" * (n // 5), id="headers"),
        ],
    )
    def test_megabytes_of_items_are_refused_before_they_are_built(
        self, message: Callable[[int], bytes]
    ) -> None:
        body = padded(message(2**21), to_bytes=LARGEST)
        tracemalloc.start()
        try:
            with pytest.raises(LimitError, match="items"):
                Upload.decode(body)
            peak_bytes = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak_bytes < 3 * len(body)


class TestAnswer:
    """256 bytes, one of six texts."""

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
        assert len(answers) == 6

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
