"""The chapter key-files a second time, from its text and with the standard library alone."""

from collections.abc import Mapping, Sequence
from typing import Any

import oracle
import oracle_crypto

_ALGORITHM = "1.2.840.10045.4.3.2"


def key_files(case: Mapping[str, Any]) -> list[bytes]:
    """Return the key files that a case of writing describes."""
    ordered = sorted(case["records"], key=lambda record: bytes.fromhex(record["key"]))
    most = case["most_keys"]
    parts = [ordered[at : at + most] for at in range(0, max(len(ordered), 1), most)]
    return [_file(case, part, number, len(parts)) for number, part in enumerate(parts, start=1)]


def _file(
    case: Mapping[str, Any], part: Sequence[Mapping[str, Any]], number: int, size: int
) -> bytes:
    infos = [
        oracle.gaen_signature_info(
            version=each["key_version"], key_id=each["key_id"], algorithm=_ALGORITHM
        )
        for each in case["signers"]
    ]
    fields: list[tuple[int, int | bytes]] = [
        (1, max(0, case["release"] - 7_200)),
        (2, case["release"]),
        (3, case["region"].encode()),
        (4, number),
        (5, size),
        *((6, info) for info in infos),
        *((7, _key(each)) for each in part if each["key"] not in case["revised"]),
        *((8, _key(each)) for each in part if each["key"] in case["revised"]),
    ]
    export_bin = b"EK Export v1    " + oracle.protobuf(fields, fixed64=(1, 2))
    export_sig = oracle.protobuf(
        (1, _signature(info, number, size, int(each["private_key"], 16), export_bin))
        for info, each in zip(infos, case["signers"], strict=True)
    )
    return oracle.zip_stored([("export.bin", export_bin), ("export.sig", export_sig)])


def _signature(info: bytes, number: int, size: int, private: int, export_bin: bytes) -> bytes:
    signature = oracle_crypto.p256_sign(private, export_bin)
    return oracle.protobuf([(1, info), (2, number), (3, size), (4, signature)])


def _key(record: Mapping[str, Any]) -> bytes:
    start, period, report_type, onset = record["attributes"]
    fields: dict[int, int | bytes] = {1: bytes.fromhex(record["key"]), 3: start, 4: period}
    if report_type:
        fields[5] = report_type
    if onset != 127:
        fields[6] = onset
    return oracle.gaen_key(fields)
