"""spec/proximity/export.md: what files say, and whom one trusts."""

import io
import zipfile

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

import oracle
import oracle_crypto
from dp3t.errors import LimitError, MalformedError, UnknownKeyError, VerificationError
from dp3t.proximity.export.content import KeyExport
from dp3t.proximity.export.messages import decode_signatures, encode_signatures
from dp3t.proximity.export.reader import read_export
from dp3t.proximity.export.signatures import TrustedExportKeys
from dp3t.proximity.export.writer import Signer
from key_files import KEY, OTHER, described, file_of, key, read, written
from vectors import Case, vector_cases

RESULTS = {"malformed": MalformedError, "limit": LimitError, "unauthentic": VerificationError}


@pytest.mark.parametrize("case", vector_cases("gaen_export", operation="read", result="valid"))
def test_a_file_of_another_writer_says_what_the_vector_says(case: Case) -> None:
    export = read(case)
    assert case["says"] == {
        "start": export.start,
        "end": export.end,
        "region": export.region,
        "batch_number": export.batch_number,
        "batch_size": export.batch_size,
        "signatures": [
            {"name": info.name, "verified": info in export.verified}
            for info in export.signature_infos
        ],
        "keys": [described(each) for each in export.keys],
        "revised_keys": [described(each) for each in export.revised_keys],
    }


@pytest.mark.parametrize("case", vector_cases("gaen_export", operation="read", result="valid"))
def test_the_standard_library_and_the_oracle_find_the_file_good_too(case: Case) -> None:
    with zipfile.ZipFile(io.BytesIO(file_of(case))) as archive:
        signed, signatures = archive.read("export.bin"), archive.read("export.sig")
    keys = case["trusted_keys"]
    signers = 0
    for public in keys.values() if isinstance(keys, dict) else keys:
        signers += any(
            oracle_crypto.p256_verifies(bytes.fromhex(public), signed, signatures[at:][:length])
            for at in range(len(signatures))
            if signatures[at] == 0x30
            for length in [2 + signatures[at + 1]]
            if 68 <= length <= 72
        )
    assert signers >= case["threshold"]


@pytest.mark.parametrize(
    "case",
    [
        case
        for result in RESULTS
        for case in vector_cases("gaen_export", operation="read", result=result)
    ],
)
def test_a_file_with_one_fault_is_refused_as_what_it_is(case: Case) -> None:
    wanted = RESULTS[case["result"]]
    with pytest.raises(wanted) as refusal:
        read(case)
    assert isinstance(refusal.value, LimitError) == (case["result"] == "limit")


P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def with_second_signature_negated(file: bytes) -> bytes:
    """Put -s in the place of s in a file's second signature, which verifies as well as the first.

    Signatures are deterministic: without that, those of one key would be the same bytes.
    """
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        signed, export_sig = archive.read("export.bin"), archive.read("export.sig")
    first, second = decode_signatures(export_sig)
    r, s = decode_dss_signature(second.signature)
    second = second._replace(signature=encode_dss_signature(r, P256_ORDER - s))
    assert first.signature != second.signature
    return oracle.zip_stored(
        [("export.bin", signed), ("export.sig", encode_signatures([first, second]))]
    )


class TestTrust:
    @pytest.mark.spec("EXPORT-23")
    def test_without_trusted_keys_nothing_is_verified(self) -> None:
        assert read_export(written(key()), keys=None).verified == ()

    @pytest.mark.spec("EXPORT-23")
    @pytest.mark.parametrize(
        "case", vector_cases("gaen_export", operation="read", result="malformed")
    )
    def test_without_trusted_keys_everything_else_is_checked(self, case: Case) -> None:
        with pytest.raises(MalformedError):
            read_export(file_of(case), keys=None)

    @pytest.mark.spec("EXPORT-20")
    def test_the_message_is_parsed_after_the_signature_is_verified(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def too_early(data: bytes) -> KeyExport:
            raise AssertionError("parsed")

        monkeypatch.setattr("dp3t.proximity.export.reader.decode_export", too_early)
        with pytest.raises(VerificationError):
            read_export(written(key()), keys=[OTHER.public()])
        with pytest.raises(AssertionError):
            read_export(written(key()), keys=[KEY.public()])

    @pytest.mark.spec("EXPORT-20")
    @pytest.mark.parametrize("named", [True, False], ids=["by-name", "without-names"])
    def test_a_key_that_signs_twice_counts_once(self, named: bool) -> None:
        """Unauthentic: two signatures of different bytes, both by one of the two trusted keys."""
        signers = [Signer(KEY, "452", "v1"), Signer(KEY, "452", "v2")]
        file = with_second_signature_negated(written(key(), signers=signers))
        mine, other = KEY.public(), OTHER.public()
        keys: TrustedExportKeys = [mine, other]
        if named:
            keys = {"452-v1": mine, "452-v2": mine}
        assert len(read_export(file, keys=keys).verified) == 2
        with pytest.raises(VerificationError, match="1 of at least 2"):
            read_export(file, keys=keys, threshold=2)

    @pytest.mark.spec("EXPORT-21")
    def test_a_name_that_nobody_trusts_is_named(self) -> None:
        with pytest.raises(UnknownKeyError, match="452-v1"):
            read_export(written(key()), keys={"310-v1": KEY.public()})

    @pytest.mark.parametrize("threshold", [0, 2, -1])
    def test_a_threshold_that_no_file_can_meet_is_a_mistake(self, threshold: int) -> None:
        with pytest.raises(ValueError, match="threshold"):
            read_export(written(key()), keys=[KEY.public()], threshold=threshold)

    def test_trusting_nobody_is_a_mistake_and_not_the_same_as_not_checking(self) -> None:
        with pytest.raises(ValueError, match="threshold"):
            read_export(written(key()), keys=[])
