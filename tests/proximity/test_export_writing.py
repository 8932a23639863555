"""spec/proximity/export.md, "Writing" and lists of keys."""

import contextlib
import io
import json
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
import oracle_crypto
from dp3t.errors import Dp3tError, LimitError, MalformedError
from dp3t.proximity.export.content import ExportedKey
from dp3t.proximity.export.key_list import MAX_LIST_BYTES, read_key_list
from dp3t.proximity.export.reader import read_export
from dp3t.proximity.export.writer import Signer, write_export
from key_files import (
    END,
    KEY,
    KEY_LISTS,
    OTHER,
    SIGNER,
    START,
    described,
    file_of,
    key,
    private_key,
    written,
)
from vectors import Case, vector_cases


@pytest.mark.parametrize("case", vector_cases("gaen_export", operation="write"))
def test_a_file_is_written_as_the_vector_says(case: Case) -> None:
    wanted = [described(each) for each in read_key_list(json.dumps(case["keys"]).encode())]
    assert wanted == case["keys"]
    file = write_export(
        read_key_list(json.dumps(case["keys"]).encode()),
        revised_keys=read_key_list(json.dumps(case["revised_keys"]).encode()),
        signers=[
            Signer(private_key(each["private_key"]), each["key_id"], each["key_version"])
            for each in case["signers"]
        ],
        **{name: case[name] for name in ("start", "end", "region", "batch_number", "batch_size")},
    )
    assert file == file_of(case)


@pytest.mark.parametrize("case", vector_cases("gaen_export", operation="write"))
def test_the_oracle_writes_the_same_bytes(case: Case) -> None:
    infos = [
        oracle.gaen_signature_info(
            version=each["key_version"], key_id=each["key_id"], algorithm="1.2.840.10045.4.3.2"
        )
        for each in case["signers"]
    ]
    batch = [(4, case["batch_number"]), (5, case["batch_size"])]
    region = [(3, case["region"].encode())] if case["region"] else []
    records = [
        *((6, info) for info in infos),
        *((7, key) for key in oracle_keys(case["keys"])),
        *((8, key) for key in oracle_keys(case["revised_keys"])),
    ]
    head = [(1, case["start"]), (2, case["end"]), *region, *batch]
    export_bin = b"EK Export v1    " + oracle.protobuf([*head, *records], fixed64=(1, 2))
    export_sig = oracle.protobuf(
        (
            1,
            oracle.protobuf(
                [
                    (1, info),
                    (2, case["batch_number"]),
                    (3, case["batch_size"]),
                    (4, oracle_crypto.p256_sign(int(each["private_key"], 16), export_bin)),
                ]
            ),
        )
        for info, each in zip(infos, case["signers"], strict=True)
    )
    wanted = oracle.zip_stored([("export.bin", export_bin), ("export.sig", export_sig)])
    assert wanted == file_of(case)


def oracle_keys(listed: list[Case]) -> list[bytes]:
    """Encode keys, ordered by key_data, with each field that says something."""
    encoded = []
    for each in sorted(listed, key=lambda item: str(item["key"])):
        fields: dict[int, int | bytes] = {1: bytes.fromhex(each["key"])}
        if each["transmission_risk"]:
            fields[2] = each["transmission_risk"]
        fields[3], fields[4] = each["rolling_start"], each["rolling_period"]
        if each["report_type"]:
            fields[5] = each["report_type"]
        if each["days_since_onset"] is not None:
            fields[6] = each["days_since_onset"]
        if each["variant_of_concern"]:
            fields[8] = each["variant_of_concern"]
        encoded.append(oracle.gaen_key(fields))
    return encoded


class TestWriting:
    @pytest.mark.spec("EXPORT-24", "EXPORT-26")
    @given(keys=KEY_LISTS, revised=KEY_LISTS, data=st.data())
    def test_a_file_is_the_same_for_any_order_and_reads_as_what_was_written(
        self, keys: list[ExportedKey], revised: list[ExportedKey], data: st.DataObject
    ) -> None:
        file = written(*keys, revised_keys=revised)
        assert written(*data.draw(st.permutations(keys)), revised_keys=revised[::-1]) == file
        export = read_export(file, keys={"452-v1": KEY.public()})
        assert export.keys == tuple(sorted(keys, key=lambda each: each.key.key))
        assert export.revised_keys == tuple(sorted(revised, key=lambda each: each.key.key))
        assert (export.start, export.end, export.region) == (START, END, "VN")
        assert [info.name for info in export.verified] == ["452-v1"]
        assert written(*export.keys, revised_keys=export.revised_keys) == file

    @pytest.mark.spec("EXPORT-25")
    def test_a_file_is_a_plain_zip_that_tells_nothing_of_its_making(self) -> None:
        with zipfile.ZipFile(io.BytesIO(written(key()))) as archive:
            members = archive.infolist()
            assert archive.testzip() is None
        assert [member.filename for member in members] == ["export.bin", "export.sig"]
        for member in members:
            assert member.date_time == (1980, 1, 1, 0, 0, 0)
            assert member.compress_type == zipfile.ZIP_STORED
            assert (member.create_system, member.external_attr, member.extra) == (0, 0, b"")

    @pytest.mark.spec("EXPORT-28")
    def test_two_signatures_of_one_key_over_one_file_are_equal(self) -> None:
        assert KEY.sign(b"export.bin") == KEY.sign(b"export.bin")
        signers = [SIGNER, Signer(OTHER, "452", "v0")]
        infos = read_export(written(signers=signers), keys=None).signature_infos
        assert [info.name for info in infos] == ["452-v1", "452-v0"]

    @pytest.mark.spec("EXPORT-29")
    @pytest.mark.parametrize(
        "changes",
        [
            {"start": END + 1},
            {"end": 2**32},
            {"region": "V N"},
            {"batch_number": 2},
            {"batch_number": 0},
            {"batch_size": 1_000_001},
            {"signers": []},
            {"signers": [SIGNER, SIGNER]},
            {"signers": [SIGNER._replace(key_id="4-52")]},
            {"signers": [SIGNER, SIGNER._replace(key_id="")]},
            {"signers": [SIGNER._replace(key_version=f"v{n}") for n in range(11)]},
            {"revised_keys": [key(), key()]},
        ],
        ids=str,
    )
    def test_what_no_reader_would_take_is_not_written(self, changes: Case) -> None:
        with pytest.raises(MalformedError):
            written(key(2), **changes)

    @pytest.mark.spec("EXPORT-29")
    def test_a_key_twice_is_not_written_even_where_the_rest_differs(self) -> None:
        with pytest.raises(MalformedError):
            written(key(), replace(key(), transmission_risk=1))

    @pytest.mark.spec("EXPORT-29")
    @pytest.mark.parametrize("changes", [{"transmission_risk": 9}, {"variant_of_concern": -1}])
    def test_a_value_out_of_range_does_not_become_a_key(self, changes: Case) -> None:
        with pytest.raises(MalformedError):
            replace(key(), **changes)


class TestKeyLists:
    @pytest.mark.spec("EXPORT-30")
    @given(keys=KEY_LISTS)
    def test_a_list_is_read_back(self, keys: list[ExportedKey]) -> None:
        assert read_key_list(json.dumps([described(each) for each in keys]).encode()) == keys

    @pytest.mark.spec("EXPORT-30")
    def test_what_is_not_said_is_the_usual(self) -> None:
        text = b'[{"key": "01010101010101010101010101010101", "rolling_start": 2659104}]'
        [exported] = read_key_list(text)
        assert exported == replace(key(), key=replace(key().key, report_type=1))
        assert exported.key.rolling_period == 144

    @pytest.mark.spec("EXPORT-30")
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{}",
            "[1]",
            "[{}]",
            "[[]]",
            '["key"]',
            "[" * 100_000,
            '[{"key": 1, "rolling_start": 1}]',
            '[{"key": "KEY"}]',
            '[{"key": "KEY", "rolling_start": "1"}]',
            '[{"key": "KEY", "rolling_start": true}]',
            '[{"key": "KEY", "rolling_start": 1.0}]',
            '[{"key": "KEY", "rolling_start": null}]',
            '[{"key": "KEY", "rolling_start": -1}]',
            '[{"key": "KEY", "rolling_start": 1, "rolling_period": 145}]',
            '[{"key": "KEY", "rolling_start": 1, "report_type": 6}]',
            '[{"key": "KEY", "rolling_start": 1, "days_since_onset": 15}]',
            '[{"key": "KEY", "rolling_start": 1, "days_since_onset": NaN}]',
            '[{"key": "KEY", "rolling_start": 1, "transmissionRisk": 1}]',
            '[{"key": "KEY", "rolling_start": 1, "rolling_start": 1}]',
            '[{"key": "KEY00", "rolling_start": 1}]',
            '[{"key": "zz", "rolling_start": 1}]',
            '[{"key": "KEY", "rolling_start": 1' + "0" * 5000 + "}]",
            '[{"key": "KEY", "rolling_start": 1}] x',
            "\ud800",
        ],
        ids=lambda text: text[:60],
    )
    def test_anything_else_is_refused(self, text: str) -> None:
        with pytest.raises(MalformedError):
            read_key_list(text.replace("KEY", "01" * 16).encode(errors="surrogatepass"))

    @pytest.mark.parametrize("text", ['[{"key": "KEY"', '[{"key": "KEY"}]', '[{"key": "KEYzz"}]'])
    def test_a_refusal_does_not_hold_the_list(self, text: str) -> None:
        """A cause in the traceback would show keys that nobody has published yet."""
        with pytest.raises(MalformedError) as refusal:
            read_key_list(text.replace("KEY", "01" * 16).encode())
        error: BaseException | None = refusal.value
        while error is not None:
            assert "0101" not in f"{error} {vars(error)}"
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)

    def test_a_list_that_is_too_long_is_refused_unread(self) -> None:
        with pytest.raises(LimitError):
            read_key_list(bytes(MAX_LIST_BYTES + 1))

    @given(text=st.binary(max_size=100) | st.text(max_size=100).map(str.encode))
    def test_any_text_is_read_or_refused(self, text: bytes) -> None:
        with contextlib.suppress(Dp3tError):
            read_key_list(text)
