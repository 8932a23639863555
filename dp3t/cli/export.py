"""`dp3t export`: GAEN key files, inspected and written."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from dp3t.cli.files import naming, write_whole
from dp3t.cli.language import text
from dp3t.cli.moments import iso_moment, moment_given
from dp3t.cli.output import JSON_HELP, emit_json, show
from dp3t.codec import from_hex
from dp3t.errors import MalformedError
from dp3t.primitives import P256PrivateKey, P256PublicKey
from dp3t.proximity.export.container import MAX_FILE_BYTES
from dp3t.proximity.export.content import KeyExport
from dp3t.proximity.export.key_list import MAX_LIST_BYTES, read_key_list
from dp3t.proximity.export.of_batch import require_exports_of_batch
from dp3t.proximity.export.reader import read_export
from dp3t.proximity.export.writer import Signer, write_export
from dp3t.publication.batch import MAX_BATCH_BYTES, Batch
from dp3t.publication.signing import TrustedKeys, VerificationKey

_T = TypeVar("_T")
_MAX_PEM_BYTES = 2**16
_SHOWN_VALUES = 8
_HEX_KEY = re.compile("[0-9A-Fa-f]{66,}")
"""What is taken for a key, not for the name of a file: 33 bytes are the shortest."""

_BATCH_KEY = re.compile("[0-9A-Fa-f]{64}")

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="Inspect and write GAEN key files.",
        vi="Kiểm tra và ghi các tệp khóa GAEN.",
    ),
)


@app.command(
    help=text(
        en="Check a key file and say what it holds. Without --public-key nothing proves who "
        "made it.",
        vi="Kiểm tra một tệp khóa và cho biết nội dung. Nếu thiếu --public-key thì không có gì "
        "chứng minh ai đã tạo ra tệp.",
    )
)
def inspect(
    file: Annotated[
        Path, typer.Argument(help=text(en="The zip file.", vi="Tệp zip."), metavar="FILE")
    ],
    public_key: Annotated[
        str | None,
        typer.Option(
            metavar="PEM|HEX",
            help=text(
                en="The key that signed it: a PEM file, or a P-256 key in hexadecimal.",
                vi="Khóa công khai của bên ký: một tệp PEM, hoặc khóa P-256 dạng thập lục phân.",
            ),
        ),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Print what a key file says."""
    keys = None if public_key is None else [key_given(public_key)]
    export = _named(file, lambda data: read_export(data, keys=keys), most=MAX_FILE_BYTES)
    found = _as_object(export)
    if as_json:
        emit_json(found)
    else:
        show(_as_table(found))


@app.command(
    help=text(
        en="Write a signed key file. The same input gives the same bytes.",
        vi="Ghi một tệp khóa có chữ ký. Cùng đầu vào luôn cho ra cùng các byte.",
    )
)
def write(
    *,
    keys: Annotated[
        Path,
        typer.Option(
            help=text(
                en='JSON list of keys: {"key": hex, "rolling_start": ENIN} and, if wanted, '
                "rolling_period, report_type, days_since_onset, transmission_risk, "
                "variant_of_concern.",
                vi='Danh sách khóa dạng JSON: {"key": hex, "rolling_start": ENIN} và tùy chọn '
                "rolling_period, report_type, days_since_onset, transmission_risk, "
                "variant_of_concern.",
            )
        ),
    ],
    private_key: Annotated[
        Path,
        typer.Option(
            help=text(
                en="PEM file with the P-256 key that signs.", vi="Tệp PEM chứa khóa P-256 để ký."
            )
        ),
    ],
    region: Annotated[
        str, typer.Option(help=text(en="Region, for example VN.", vi="Vùng, ví dụ VN."))
    ],
    start: Annotated[
        str,
        typer.Option(
            help=text(
                en="Begin of the window in which the keys arrived: ISO 8601 with zone, or Unix "
                "seconds.",
                vi="Thời điểm bắt đầu của khoảng nhận khóa: ISO 8601 kèm múi giờ, hoặc giây Unix.",
            )
        ),
    ],
    end: Annotated[
        str, typer.Option(help=text(en="End of the window.", vi="Thời điểm kết thúc của khoảng."))
    ],
    out: Annotated[
        Path, typer.Option(help=text(en="The zip file to write.", vi="Tệp zip cần ghi."))
    ],
    revised_keys: Annotated[
        Path | None,
        typer.Option(
            help=text(
                en="JSON list of keys published before that now say something else.",
                vi="Danh sách JSON các khóa đã công bố trước đây nay có thông tin khác.",
            )
        ),
    ] = None,
    key_id: Annotated[
        str,
        typer.Option(help=text(en="Id of the signing key.", vi="Mã của khóa ký.")),
    ] = "452",
    key_version: Annotated[
        str,
        typer.Option(help=text(en="Version of the signing key.", vi="Phiên bản của khóa ký.")),
    ] = "v1",
    batch_number: Annotated[
        int, typer.Option(help=text(en="Which file of the window.", vi="Tệp thứ mấy trong khoảng."))
    ] = 1,
    batch_size: Annotated[
        int, typer.Option(help=text(en="How many files it has.", vi="Khoảng có bao nhiêu tệp."))
    ] = 1,
    force: Annotated[
        bool,
        typer.Option("--force", help=text(en="Replace an existing file.", vi="Ghi đè tệp đã có.")),
    ] = False,
) -> None:
    """Sign keys and write the file."""
    signing_key = _named(private_key, P256PrivateKey.from_pem, most=_MAX_PEM_BYTES)
    data = write_export(
        _named(keys, read_key_list, most=MAX_LIST_BYTES),
        revised_keys=[]
        if revised_keys is None
        else _named(revised_keys, read_key_list, most=MAX_LIST_BYTES),
        start=moment_given(start, "--start"),
        end=moment_given(end, "--end"),
        region=region,
        batch_number=batch_number,
        batch_size=batch_size,
        signers=[Signer(signing_key, key_id, key_version)],
    )
    write_whole(out, data, mode=0o644, force=force)
    typer.echo(
        text(en=f"wrote {out}, {len(data)} bytes", vi=f"đã ghi {out}, {len(data)} byte"), err=True
    )


@app.command(
    help=text(
        en="Check that key files hold the keys of a batch, all of them and no other.",
        vi="Kiểm tra các tệp khóa có đúng và đủ các khóa của một lô, không thừa khóa nào.",
    )
)
def check(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="ZIP",
            help=text(en="All key files of the batch.", vi="Mọi tệp khóa của lô đó."),
        ),
    ],
    *,
    batch: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help=text(en="The signed batch of GAEN.", vi="Lô GAEN đã ký."),
        ),
    ],
    public_key: Annotated[
        list[str],
        typer.Option(
            metavar="PEM|HEX",
            help=text(
                en="Who may have signed: 64 hexadecimal digits for the batch, a PEM file or a "
                "P-256 key in hexadecimal for the key files; may be repeated.",
                vi="Bên được phép ký: 64 chữ số thập lục phân cho lô, tệp PEM hoặc khóa P-256 dạng "
                "thập lục phân cho các tệp khóa; có thể lặp lại.",
            ),
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Compare key files with a batch [KEY-FILES-12]."""
    of_batches, of_exports = public_keys_given(public_key)
    trusted = TrustedKeys(of_batches)
    opened = _named(batch, lambda data: Batch.open(data, trusted=trusted), most=MAX_BATCH_BYTES)
    keys = of_exports or None
    read = [
        _named(file, lambda data: read_export(data, keys=keys), most=MAX_FILE_BYTES)
        for file in files
    ]
    require_exports_of_batch(read, opened)
    found = {
        "keys": sum(len(each.keys) for each in read),
        "revised_keys": sum(len(each.revised_keys) for each in read),
        "verified": all(each.verified for each in read),
    }
    if as_json:
        emit_json(found)
    else:
        show(_agreement(found))


def _agreement(found: dict[str, int]) -> str:
    counts = {name: f"{found[name]:,}" for name in ("keys", "revised_keys")}
    words = text(
        en="the key files hold what the batch holds: {keys} keys and {revised_keys} revised ones",
        vi="các tệp khóa có đúng những gì lô có: {keys} khóa và {revised_keys} khóa sửa đổi",
    )
    unsigned = text(
        en="nothing proves who made them: no P-256 key was given",
        vi="không có gì chứng minh ai đã tạo ra chúng: thiếu khóa P-256",
    )
    said = words.format(**counts)
    return said if found["verified"] else f"{said}\n{unsigned}"


@app.command(
    help=text(
        en="Make a key to sign with, and print its public half.",
        vi="Tạo một khóa để ký và in ra phần công khai của nó.",
    )
)
def keygen(
    out: Annotated[
        Path,
        typer.Option(
            help=text(
                en="The PEM file to write; only its owner can read it.",
                vi="Tệp PEM cần ghi; chỉ chủ sở hữu đọc được.",
            )
        ),
    ],
) -> None:
    """Draw a P-256 key; an existing file is never replaced."""
    key = P256PrivateKey.generate_from_os()
    write_whole(out, key.to_pem(), mode=0o600, force=False)
    typer.echo(key.public().to_pem().decode(), nl=False)


def _named(path: Path, read: Callable[[bytes], _T], *, most: int) -> _T:
    """Read a file with a decoder whose refusals then name the file.

    The decoder gets at most one byte more than it allows.
    """
    with path.open("rb") as file:
        data = file.read(most + 1)
    with naming(path):
        return read(data)


def key_given(given: str) -> P256PublicKey:
    """Return the P-256 key that an option names: a PEM file, or hexadecimal.

    Raises:
        MalformedError: it is none.
        OSError: the file cannot be read.
    """
    with naming("--public-key"):
        if _HEX_KEY.fullmatch(given):
            return P256PublicKey.from_bytes(from_hex(given, what="the key"))
        try:
            return _named(Path(given), P256PublicKey.from_pem, most=_MAX_PEM_BYTES)
        except FileNotFoundError:
            raise MalformedError(f"{given} is neither a file nor a key in hexadecimal") from None


def public_keys_given(
    public_keys: Sequence[str],
) -> tuple[list[VerificationKey], list[P256PublicKey]]:
    """Return the keys that options name: those of batches, and those of key files.

    Raises:
        MalformedError: one is neither.
        OSError: a file cannot be read.
    """
    of_batches, of_exports = list[VerificationKey](), list[P256PublicKey]()
    for given in public_keys:
        if _BATCH_KEY.fullmatch(given):
            of_batches.append(VerificationKey.pinned(from_hex(given, what="--public-key")))
        else:
            of_exports.append(key_given(given))
    return of_batches, of_exports


def _as_object(export: KeyExport) -> dict[str, Any]:
    every = [exported.key for exported in (*export.keys, *export.revised_keys)]
    starts = Counter(key.rolling_start for key in every)
    periods = Counter(key.rolling_period for key in every)
    return {
        "keys": len(export.keys),
        "revised_keys": len(export.revised_keys),
        "region": export.region,
        "start": iso_moment(export.start),
        "end": iso_moment(export.end),
        "batch": {"number": export.batch_number, "size": export.batch_size},
        "signatures": [
            {
                "key_id": info.key_id,
                "key_version": info.key_version,
                "algorithm": info.algorithm,
                "verified": info in export.verified,
            }
            for info in export.signature_infos
        ],
        "verified": bool(export.verified),
        "rolling_starts": {str(start): starts[start] for start in sorted(starts)},
        "rolling_periods": {str(period): periods[period] for period in sorted(periods)},
    }


def _as_table(found: dict[str, Any]) -> Table:
    table = Table(box=SIMPLE_HEAD, show_header=False, pad_edge=False)
    batch = found["batch"]
    verified = text(
        en="yes" if found["verified"] else "not checked: no public key given",
        vi="có" if found["verified"] else "chưa kiểm tra: không có khóa công khai",
    )
    for title, value in (
        (text(en="Keys", vi="Khóa"), f"{found['keys']:,}"),
        (text(en="Revised keys", vi="Khóa sửa đổi"), f"{found['revised_keys']:,}"),
        (text(en="Region", vi="Vùng"), found["region"]),
        (text(en="From", vi="Từ"), found["start"]),
        (text(en="To", vi="Đến"), found["end"]),
        (text(en="Batch", vi="Lô"), f"{batch['number']}/{batch['size']}"),
        (text(en="Signatures", vi="Chữ ký"), _list(map(_signature, found["signatures"]))),
        (text(en="Verified", vi="Đã xác minh"), verified),
        (text(en="Rolling starts", vi="Khoảng bắt đầu"), _counts(found["rolling_starts"])),
        (text(en="Rolling periods", vi="Số khoảng"), _counts(found["rolling_periods"])),
    ):
        table.add_row(title, escape(value))
    return table


def _signature(found: dict[str, Any]) -> str:
    return f"{found['key_id']}-{found['key_version']}" + (" ✓" if found["verified"] else "")


def _counts(counts: dict[str, int]) -> str:
    shown = [f"{value} ({count:,})" for value, count in list(counts.items())[:_SHOWN_VALUES]]
    return _list(shown + ["…"] * (len(counts) > _SHOWN_VALUES))


def _list(items: Iterable[str]) -> str:
    return ", ".join(items)
