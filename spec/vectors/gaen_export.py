"""Cases of the export chapter: files we write, files that others write, and one fault each."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from dp3t.proximity.export.key_list import read_key_list
from dp3t.proximity.export.reader import read_export
from dp3t.proximity.export.writer import Signer, write_export
from dp3t.timeline import Instant
from spec.vectors.builders.gaen_files import (
    END,
    HEADER,
    OTHER,
    SIGNING,
    START,
    Case,
    Part,
    deflated,
    described,
    fixed_huffman,
    info,
    listed,
    message,
    of_message,
    parts,
    private_key,
    read_case,
    said_by,
    signature,
    stored_block,
    striped,
    tek,
    trusted_keys,
    zipped,
)

ECDSA_SHA512 = "1.2.840.10045.4.3.4"
MIB = 2**20

_KEYS = """[
 {"key": "ffeeddccbbaa99887766554433221100", "rolling_start": 2659104, "rolling_period": 57},
 {"key": "00112233445566778899aabbccddeeff", "rolling_start": 2658960, "report_type": 2,
  "days_since_onset": -3, "transmission_risk": 8, "variant_of_concern": 4}
]"""


def build() -> Case:
    """Return the vector file."""
    cases = [*_written(), *_read(), *_refused()]
    claimed = {clause for case in cases for clause in case["spec"]}
    return {
        "spec": sorted(claimed, key=lambda clause: int(clause.removeprefix("EXPORT-"))),
        "source": "ours; the messages follow the schema that Apple and Google published, the "
        "signing key is that of RFC 6979, A.2.5; re-derived by tests/oracle.py",
        "cases": cases,
    }


def _written() -> Iterator[Case]:
    """Yield what goes in and the file that comes out."""
    both = read_key_list(_KEYS.encode())
    window = {"start": Instant(START), "end": Instant(END), "region": "VN"}
    signer = Signer(private_key(SIGNING), "452", "v1")
    second = Signer(private_key(OTHER), "452", "v2")
    for name, comment, keys, revised, more in (
        ("two-keys", "keys come out in the order of key_data", both, [], {}),
        ("no-keys", "an empty window has a file too", [], [], {}),
        ("revised-keys-alone", "", [], both, {}),
        ("second-of-three", "", both[:1], [], {"batch_number": 2, "batch_size": 3}),
        ("two-signatures", "in the order of the signers", [], [], {"signers": [second, signer]}),
        ("no-region", "an empty text is not written", [], [], {"region": ""}),
    ):
        options: dict[str, Any] = window | {"signers": [signer]} | more
        file = write_export(keys, revised_keys=revised, **options)
        trusted = [each.private_key.public() for each in options["signers"]]
        export = read_export(file, keys=trusted)
        yield {
            "id": f"write-{name}",
            "comment": comment,
            "operation": "write",
            "spec": ["EXPORT-24", "EXPORT-25", "EXPORT-26", "EXPORT-27", "EXPORT-28"],
            "keys": [described(key) for key in keys],
            "revised_keys": [described(key) for key in revised],
            "signers": [
                {
                    "key_id": each.key_id,
                    "key_version": each.key_version,
                    "private_key": SIGNING if each is signer else OTHER,
                }
                for each in options["signers"]
            ],
            "start": START,
            "end": END,
            "region": export.region,
            "batch_number": export.batch_number,
            "batch_size": export.batch_size,
            "file": file.hex(),
            "result": "valid",
        }


def _read() -> Iterator[Case]:
    """Yield files of other writers that are good, and what they say."""
    plain = HEADER + message(tek())
    first, second = parts(plain, listed(signature(plain)))
    streamed: Case = {"flags": 0x808, "date": 0x50F9}
    yield _good("members-in-the-other-order", "EXPORT-3", zipped(second, first))
    yield _good(
        "streamed-with-descriptors",
        "EXPORT-4",
        zipped(replace(first, **streamed), replace(second, **streamed)),
    )
    unix: Case = {"made_by": 0x314, "external": 0o600 << 16, "internal": 1, "needed": 10}
    yield _good("made-on-unix", "EXPORT-5", zipped(replace(first, **unix), replace(second, **unix)))
    dated: Case = {"extra": b"UT\x05\x00\x01\x00\x10\x5e\x5f"}
    yield _good(
        "with-modification-times",
        "EXPORT-6",
        zipped(replace(first, **dated), replace(second, **dated)),
    )
    yield _good("deflated-stored-block", "EXPORT-7", deflated(stored_block(plain), plain))
    yield _good("deflated-fixed-codes", "EXPORT-7", deflated(fixed_huffman(plain), plain))
    content = striped()
    yield _good(
        "deflated-match-96-back-with-a-twin-128-back",
        "EXPORT-9",
        deflated(fixed_huffman(content, distance=96), content),
    )
    yield _good("keys-in-any-order", "EXPORT-17", of_message(message(tek(9), tek(1))))
    yield _good("period-absent", "EXPORT-14", of_message(message(tek(rolling_period=None))))
    yield _good("report-type-absent", "EXPORT-14", of_message(message(tek(report_type=None))))
    yield _good("region-absent", "EXPORT-14", of_message(message(region=None)))
    for days in (-14, 14, -15, 15, 4000):
        said = message(tek(days_since_onset_of_symptoms=days))
        yield _good(f"onset-{days}", "EXPORT-15", of_message(said))
    old = info(app_bundle_id=b"vn.example", android_package=b"vn.example")
    said = message(infos=[old])
    yield _good("unused-fields-set", "EXPORT-16", of_message(said, _sign(said, about=old)))
    lone = info(None, None)
    said = message(infos=[lone])
    nameless = of_message(said, _sign(said, about=lone))
    yield _good("lone-signature-without-id", "EXPORT-21", nameless, named={"452-v1": SIGNING})
    other = info(version="v2")
    said = message(infos=[info(), other])
    two = of_message(said, _sign(said, scalar=OTHER, about=other), _sign(said))
    yield _good("signatures-in-another-order", "EXPORT-18", two, trusted=[SIGNING])
    yield _good("one-of-two-signatures-trusted", "EXPORT-20", two, named={"452-v2": OTHER})
    yield _good("two-of-two", "EXPORT-20", two, trusted=[SIGNING, OTHER], threshold=2)
    odd = info(version="v2", signature_algorithm=ECDSA_SHA512.encode())
    said = message(infos=[info(), odd])
    yield _good(
        "another-algorithm-beside-it",
        "EXPORT-20",
        of_message(said, _sign(said), _sign(said, about=odd)),
    )


def _refused() -> Iterator[Case]:
    yield from _bad_containers()
    yield from _bad_compression()
    yield from _bad_messages()
    yield from _bad_keys()
    yield from _bad_signature_lists()
    yield from _unauthentic()


def _bad_containers() -> Iterator[Case]:
    plain = HEADER + message(tek())
    first, second = parts(plain, listed(signature(plain)))
    good = zipped(first, second)
    for clause, name, file in (
        (2, "nothing-at-all", b""),
        (2, "cut-by-one-byte", good[:-1]),
        (2, "cut-in-the-first-member", good[:100]),
        (2, "byte-behind", good + b"\0"),
        (2, "byte-in-front", b"\0" + good),
        (2, "byte-between", zipped(first, second, gap=b"\0")),
        (2, "comment", zipped(first, second, comment=b"x")),
        (3, "no-signature-member", zipped(first)),
        (3, "third-member", zipped(first, second, Part(name=b"readme.txt", content=b""))),
        (3, "same-member-twice", zipped(first, first)),
        (3, "name-with-a-path", zipped(first, replace(second, name=b"../export.sig"))),
        (3, "name-of-another-case", zipped(first, replace(second, name=b"EXPORT.SIG"))),
        (4, "names-differ", zipped(replace(first, local={"name": b"export.bim"}), second)),
        (4, "dates-differ", zipped(replace(first, local={"date": 34}), second)),
        (4, "checksums-differ", zipped(replace(first, local={"crc": 0}), second)),
        (4, "lengths-differ", zipped(replace(first, local={"length": 1}), second)),
        (4, "flags-differ", zipped(replace(first, local={"flags": 2}), second)),
        (4, "descriptor-differs", zipped(replace(first, flags=8, described={"crc": 0}), second)),
        (5, "makers-differ", zipped(replace(first, made_by=21), second)),
        (5, "internal-attributes-differ", zipped(replace(first, internal=1), second)),
        (5, "external-attributes-differ", zipped(replace(first, external=32), second)),
        (5, "another-disk", zipped(first, second, disk=1)),
        (6, "encrypted", zipped(replace(first, flags=1), second)),
        (6, "method-bzip2", zipped(replace(first, method=12), second)),
        (6, "version-of-zip64", zipped(replace(first, needed=45), second)),
        (6, "extra-field-of-zip64", zipped(replace(first, extra=b"\1\0\5\0" + bytes(5)), second)),
        (6, "time-of-access", zipped(replace(first, extra=b"UT\x05\0\3" + bytes(4)), second)),
        (7, "checksum-wrong-everywhere", zipped(replace(first, crc=0), second)),
        (7, "length-wrong-everywhere", zipped(replace(first, length=len(plain) - 1), second)),
    ):
        yield _bad(name, clause, file)
    long = replace(second, length=2**16 + 1)
    yield _bad("export-sig-says-64-kib-and-1", 1, zipped(first, long), "limit")
    vast = replace(first, length=40 * MIB + 1)
    yield _bad("export-bin-says-40-mib-and-1", 1, zipped(vast, second), "limit")


def _bad_compression() -> Iterator[Case]:
    plain = HEADER + message(tek())
    packed = fixed_huffman(plain)
    for clause, name, file in (
        (7, "deflated-longer-than-said", deflated(packed, plain, length=len(plain) - 1)),
        (7, "deflated-shorter-than-said", deflated(packed, plain, length=len(plain) + 1)),
        (7, "deflated-and-cut", deflated(packed[:-1], plain)),
        (7, "deflated-and-a-byte-behind", deflated(packed + b"\0", plain)),
        (7, "not-deflated-at-all", deflated(b"\x07" + packed[1:], plain)),
        (8, "bit-behind-the-last-block", deflated(fixed_huffman(plain, slack=0x80), plain)),
        (8, "bit-before-a-length", deflated(stored_block(plain, first=0x09), plain)),
    ):
        yield _bad(name, clause, file)
    content = striped()
    far = deflated(fixed_huffman(content, distance=128), content)
    yield _bad("match-128-back-with-a-twin-96-back", 9, far)
    bomb = deflated(packed, plain, length=16 * len(packed) + 1)
    yield _bad("compressed-more-than-16-times", 1, bomb, "limit")
    blocks = bytes([0, 0, 0, 255, 255]) * 66 + stored_block(plain)
    yield _bad("too-many-blocks", 1, deflated(blocks, plain), "limit")


def _bad_messages() -> Iterator[Case]:
    plain = message(tek())
    for name, said in (
        ("message-cut", plain[:-1]),
        ("unknown-field", plain + b"\x48\x00"),
        ("field-twice", plain[:9] + plain),
        ("fields-in-descending-order", plain[9:18] + plain[:9] + plain[18:]),
        ("number-longer-than-needed", plain.replace(b"\x20\x01", b"\x20\x81\x00", 1)),
        ("group", plain + b"\x4b\x4c"),
    ):
        yield _bad(name, 12, of_message(said))
    wrong = HEADER.replace(b"v1", b"v2") + plain
    yield _bad("another-version", 11, zipped(*parts(wrong, listed(signature(wrong)))))
    for name, fields in (
        ("no-start", {"start_timestamp": None}),
        ("start-after-end", {"start_timestamp": END + 1}),
        ("end-after-2106", {"end_timestamp": 2**32}),
        ("region-with-a-space", {"region": b"V N"}),
        ("region-not-ascii", {"region": "Việt".encode()}),
        ("region-of-65", {"region": b"V" * 65}),
        ("no-signature-info", {"infos": []}),
    ):
        yield _bad(name, 13, of_message(message(**fields)))
    for number, size in ((0, 1), (2, 1), (1, 1_000_001)):
        batch: Case = {"batch_num": number, "batch_size": size}
        said = message(**batch)
        yield _bad(f"batch-{number}-of-{size}", 13, of_message(said, _sign(said, **batch)))
    for name, about in (
        ("id-with-a-hyphen", info("4-52")),
        ("version-of-65", info(version="v" * 65)),
        ("algorithm-by-name", info(signature_algorithm=b"ECDSA")),
    ):
        said = message(infos=[about])
        yield _bad(name, 13, of_message(said, _sign(said, about=about)))


def _bad_keys() -> Iterator[Case]:
    for name, clause, key in (
        ("key-of-15-bytes", 13, tek(key_data=bytes(15))),
        ("key-of-17-bytes", 13, tek(key_data=bytes(17))),
        ("no-key-data", 13, tek(key_data=None)),
        ("no-rolling-start", 13, tek(rolling_start_interval_number=None)),
        ("rolling-start-negative", 13, tek(rolling_start_interval_number=-1)),
        ("rolling-start-after-2106", 13, tek(rolling_start_interval_number=2**31 - 1)),
        ("rolling-period-0", 13, tek(rolling_period=0)),
        ("rolling-period-145", 13, tek(rolling_period=145)),
        ("report-type-6", 13, tek(report_type=6)),
        ("transmission-risk-9", 13, tek(transmission_risk_level=9)),
        ("transmission-risk-negative", 13, tek(transmission_risk_level=-1)),
        ("variant-5", 13, tek(variant_of_concern=5)),
        ("key-with-an-unknown-field", 12, tek() + b"\x38\x01"),
        ("key-cut", 12, tek()[:-1]),
    ):
        yield _bad(name, clause, of_message(message(tek(9), key)))
        if clause == 13:
            said = message(tek(9))
            revised = said + b"\x42" + bytes([len(key)]) + key
            yield _bad(f"revised-{name}", clause, of_message(revised))


def _bad_signature_lists() -> Iterator[Case]:
    said = message(tek())
    good, two = _sign(said), message(infos=[info(), info(version="v2")])
    same = message(infos=[info(), info()])
    nameless = message(infos=[info(), info(None, None)])
    eleven = [info(version=f"v{n}") for n in range(11)]
    many = message(infos=eleven)
    for clause, name, file, result in (
        (18, "no-signature", zipped(*parts(HEADER + said, b"")), "malformed"),
        (18, "signature-list-cut", zipped(*parts(HEADER + said, listed(good)[:-1])), "malformed"),
        (18, "fewer-signatures-than-infos", of_message(two, _sign(two)), "malformed"),
        (
            18,
            "more-signatures-than-infos",
            of_message(said, good, _sign(said, about=info(version="v2"))),
            "malformed",
        ),
        (18, "info-of-another-id", of_message(said, _sign(said, about=info("1"))), "malformed"),
        (18, "another-batch", of_message(said, _sign(said, batch_size=2)), "malformed"),
        (
            18,
            "eleven-signatures",
            of_message(many, *(_sign(many, about=x) for x in eleven)),
            "limit",
        ),
        (
            18,
            "signature-of-7-bytes",
            of_message(said, _sign(said, signature=bytes(7))),
            "malformed",
        ),
        (
            18,
            "signature-of-73-bytes",
            of_message(said, _sign(said, signature=bytes(73))),
            "malformed",
        ),
        (19, "same-name-twice", of_message(same, _sign(same), _sign(same)), "malformed"),
        (
            19,
            "two-signatures-one-without-id",
            of_message(nameless, _sign(nameless), _sign(nameless, about=info(None, None))),
            "malformed",
        ),
        (16, "unused-field-of-257", _with_info(info(app_bundle_id=b"x" * 257)), "malformed"),
    ):
        yield _bad(name, clause, file, result)


def _with_info(about: bytes) -> bytes:
    said = message(infos=[about])
    return of_message(said, _sign(said, about=about))


def _unauthentic() -> Iterator[Case]:
    said, more = message(tek()), message(infos=[info(), info(version="v2")])
    plain = of_message(said)
    mixed = of_message(
        more, _sign(more, scalar=OTHER), _sign(more, scalar=OTHER, about=info(version="v2"))
    )
    odd = _with_info(info(signature_algorithm=ECDSA_SHA512.encode()))
    cut = private_key(SIGNING).sign(HEADER + said)[:-1]
    yield _forged("signed-by-another-key", 20, plain, trusted=[OTHER])
    yield _forged("another-message", 20, of_message(said, signature(HEADER + more)))
    yield _forged("signed-without-the-header", 20, of_message(said, signature(said)))
    yield _forged("signature-cut", 20, of_message(said, _sign(said, signature=cut)))
    yield _forged("another-algorithm-alone", 20, odd)
    yield _forged("one-of-two-wanted", 20, plain, trusted=[SIGNING, OTHER], threshold=2)
    yield _forged(
        "one-key-under-two-names-is-one", 20, mixed, trusted=[SIGNING, OTHER], threshold=2
    )
    yield _forged("no-such-name", 21, plain, named={"452-v2": SIGNING})
    yield _forged(
        "good-under-the-key-of-another-name", 21, plain, named={"452-v1": OTHER, "452-v2": SIGNING}
    )
    yield _forged(
        "one-name-good-and-one-bad", 22, mixed, named={"452-v1": SIGNING, "452-v2": OTHER}
    )
    garbage = HEADER + b"\xff" * 40
    yield _forged(
        "unsigned-garbage-is-not-parsed",
        20,
        zipped(*parts(garbage, listed(signature(garbage, scalar=OTHER)))),
    )


def _sign(said: bytes, **fields: Any) -> bytes:
    return signature(HEADER + said, **fields)


def _good(name: str, clause: str, file: bytes, **trust: Any) -> Case:
    case = read_case(name, file, **trust)
    keys, threshold = trusted_keys(case), case["threshold"]
    export = read_export(file, keys=keys, threshold=threshold)
    return case | {"spec": [clause], "says": said_by(export), "result": "valid"}


def _bad(name: str, clause: int, file: bytes, result: str = "malformed") -> Case:
    return read_case(name, file) | {"spec": [f"EXPORT-{clause}"], "result": result}


def _forged(name: str, clause: int, file: bytes, **trust: Any) -> Case:
    return read_case(name, file, **trust) | {"spec": [f"EXPORT-{clause}"], "result": "unauthentic"}
