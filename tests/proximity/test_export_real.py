"""Two key files that real servers signed: Google's sample and one of Japan's COCOA."""

import pytest

from dp3t.errors import Dp3tError, VerificationError
from dp3t.primitives import P256PublicKey
from dp3t.proximity.export.content import KeyExport
from dp3t.proximity.export.reader import read_export
from shared_data import shared

COCOA_KEY = bytes.fromhex(
    "04430a825832e497e83ee1bc13420a1131b47b67e0f3df07cd6c04210768dad3ba"
    "bb50dec1c1ae391d8257919957a844156fd73e48fb96e1f0d99e532e41e230f9"
)
FILES = ["testExport-2-records-1-of-1.zip", "cocoa-366.zip"]


def bytes_of(name: str) -> bytes:
    return shared(f"data/exports/{name}").read_bytes()


def key_of(name: str) -> P256PublicKey:
    if name.startswith("cocoa"):
        return P256PublicKey.from_bytes(COCOA_KEY)
    return P256PublicKey.from_pem(bytes_of("public.pem"))


def read(name: str) -> KeyExport:
    return read_export(bytes_of(name), keys=[key_of(name)])


@pytest.mark.spec("EXPORT-13", "EXPORT-20")
def test_googles_sample_verifies_and_has_its_two_keys() -> None:
    export = read("testExport-2-records-1-of-1.zip")
    found = [
        (each.key.key.hex()[:8], each.key.rolling_start, each.key.rolling_period)
        for each in export.keys
    ]
    assert found == [("172fc480", 2649980, 1), ("2b63053a", 2649866, 114)]
    assert [each.transmission_risk for each in export.keys] == [8, 1]
    assert (export.region, export.batch_number, export.batch_size) == ("US", 1, 1)
    assert [info.name for info in export.verified] == ["some_id-1"]


@pytest.mark.spec("EXPORT-16", "EXPORT-20")
def test_cocoas_file_verifies_under_its_key_by_name_although_it_sets_unused_fields() -> None:
    name = "cocoa-366.zip"
    export = read_export(bytes_of(name), keys={"440-v1": key_of(name)})
    assert (export.start, export.end, export.region) == (1_595_548_800, 1_595_635_200, "440")
    [exported] = export.keys
    assert (exported.key.rolling_start, exported.key.rolling_period) == (2_659_248, 144)
    assert (exported.transmission_risk, exported.key.days_since_onset) == (0, None)


@pytest.mark.spec("EXPORT-20")
@pytest.mark.parametrize(("name", "other"), [FILES, FILES[::-1]])
def test_another_servers_key_does_not_verify(name: str, other: str) -> None:
    with pytest.raises(VerificationError):
        read_export(bytes_of(name), keys=[key_of(other)])


@pytest.mark.spec("EXPORT-2", "EXPORT-4", "EXPORT-5", "EXPORT-8")
@pytest.mark.parametrize("name", FILES)
def test_no_bit_of_a_real_file_can_change(name: str) -> None:
    """Malformed: each of the 4,000 single-bit copies, also those that unzip to the same bytes."""
    file, keys = bytes_of(name), [key_of(name)]
    for bit in range(8 * len(file)):
        copy = bytearray(file)
        copy[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Dp3tError):
            read_export(bytes(copy), keys=keys)


@pytest.mark.spec("EXPORT-2")
@pytest.mark.parametrize("name", FILES)
def test_no_beginning_of_a_real_file_is_a_file(name: str) -> None:
    file = bytes_of(name)
    for length in range(len(file)):
        with pytest.raises(Dp3tError):
            read_export(file[:length], keys=None)
