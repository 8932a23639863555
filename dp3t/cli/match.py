"""`dp3t match`: published keys against what a phone has heard."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.progress import MofNCompleteColumn, Progress
from rich.table import Table

from dp3t.cli.capture import read_log
from dp3t.cli.export import public_keys_given
from dp3t.cli.files import FileSource, naming
from dp3t.cli.language import number, text
from dp3t.cli.moments import iso_moment
from dp3t.cli.output import JSON_HELP, emit_json, progress_console, show
from dp3t.codec import from_hex
from dp3t.errors import LimitError, MalformedError
from dp3t.params import STANDARD, Parameters
from dp3t.phone import Phone
from dp3t.proximity.advertisement import ServiceData
from dp3t.proximity.capture.events import AdvertReceived
from dp3t.proximity.capture.reader import read_capture
from dp3t.proximity.capture.replay import shifted
from dp3t.proximity.designs import design_named
from dp3t.proximity.file_matching import match_key_files
from dp3t.proximity.interface import Design, Match
from dp3t.proximity.kernels import engine
from dp3t.proximity.key_files import KeyFile, described, open_key_file
from dp3t.proximity.observations import ObservationStore
from dp3t.publication.signing import TrustedKeys
from dp3t.timeline import Instant, day_to_date

MAX_PHONE_BYTES = 2**30
"""The largest saved phone the terminal reads."""

_MAX_KEY_FILE_BYTES = 128
_STATE_KEY_BYTES = 32
_PEM = b"-----BEGIN "

app = typer.Typer()


@app.command(
    name="match",
    help=text(
        en="Match published keys, in batches and GAEN key files, with what a phone has heard.",
        vi="Đối chiếu khóa đã công bố, trong các lô và tệp khóa GAEN, với những gì máy đã nghe.",
    ),
)
def match_files(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            help=text(
                en="Signed batches, and zip files of GAEN keys: all files of a window.",
                vi="Các lô đã ký và các tệp zip chứa khóa GAEN: đủ mọi tệp của một đợt.",
            ),
        ),
    ],
    *,
    phone: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help=text(en="A saved phone.", vi="Tệp trạng thái đã lưu của một máy."),
        ),
    ] = None,
    phone_key: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help=text(
                en="The key it is sealed under: a file with 64 hexadecimal digits.",
                vi="Khóa niêm phong tệp đó: một tệp có 64 chữ số thập lục phân.",
            ),
        ),
    ] = None,
    capture: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help=text(
                en="Instead of a phone, a Bluetooth log of one; may be repeated.",
                vi="Thay cho máy, một nhật ký Bluetooth của máy; có thể lặp lại.",
            ),
        ),
    ] = None,
    utc_offset: Annotated[
        int,
        typer.Option(
            metavar="SECONDS",
            help=text(
                en="How far the logs' clock is ahead of UTC.",
                vi="Đồng hồ trong nhật ký sớm hơn UTC bao nhiêu giây.",
            ),
        ),
    ] = 0,
    public_key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PEM|HEX",
            help=text(
                en="Who may have signed: 64 hexadecimal digits for batches, a PEM file or a P-256 "
                "key in hexadecimal for key files; may be repeated.",
                vi="Bên được phép ký: 64 chữ số thập lục phân cho các lô, tệp PEM hoặc khóa P-256 "
                "dạng thập lục phân cho các tệp khóa; có thể lặp lại.",
            ),
        ),
    ] = None,
    threads: Annotated[
        int,
        typer.Option(
            min=1,
            max=64,
            help=text(en="How many threads match.", vi="Số luồng cùng đối chiếu."),
        ),
    ] = 1,
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Print the contacts whose identifiers follow from published keys [TERMINAL-17]."""
    opened = _opened(files, public_key or [])
    design = opened[0].design
    if phone is not None and phone_key is not None and not capture:
        loaded = _phone(phone, phone_key)
        heard, design, parameters = loaded.observations, loaded.design.name, loaded.parameters
    elif capture and phone is None and phone_key is None:
        parameters = STANDARD
        heard = _heard(capture, design_named(design), parameters, utc_offset)
    else:
        raise MalformedError("match needs --phone and --phone-key, or --capture")
    found = _matched(heard, opened, design_named(design), parameters, threads)
    _warn(files, opened)
    if as_json:
        emit_json(_as_object(files, opened, found))
    else:
        _show(opened, found)


def _opened(files: Sequence[Path], public_keys: Sequence[str]) -> list[KeyFile]:
    of_batches, of_exports = public_keys_given(public_keys)
    trusted = TrustedKeys(of_batches)
    opened = []
    for path in files:
        with naming(path):
            source = FileSource(path)
            if source.read(0, len(_PEM)) == _PEM:
                raise MalformedError(
                    "a key in PEM, which --public-key takes, and no published keys"
                )
            opened.append(open_key_file(source, trusted=trusted, export_keys=of_exports or None))
    _require_each_once(files, opened)
    return opened


def _require_each_once(paths: Sequence[Path], files: Sequence[KeyFile]) -> None:
    """Raise MalformedError, naming both, for two paths to one file or to two of one name."""
    seen = dict[str, Path]()
    for path, name in zip(paths, map(described, files), strict=True):
        if name in seen and path.samefile(seen[name]):
            raise MalformedError(f"{path}: this file is given twice")
        if name in seen:
            raise MalformedError(f"{path}: this is {name}, and so is {seen[name]}")
        seen[name] = path


def _phone(path: Path, key_path: Path) -> Phone:
    with naming(key_path):
        digits = _read(key_path, most=_MAX_KEY_FILE_BYTES).strip().decode("latin-1")
        key = from_hex(digits, length=_STATE_KEY_BYTES, what="the phone's key")
    with naming(path):
        return Phone.load(_read(path, most=MAX_PHONE_BYTES), key=key)


def _read(path: Path, *, most: int) -> bytes:
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise LimitError(f"the file has more than {most} bytes")
    return data


def _heard(
    logs: Sequence[Path], design: Design, parameters: Parameters, utc_offset_seconds: int
) -> ObservationStore:
    """Return what a phone of the design would have kept of the adverts in its logs."""
    store = ObservationStore()
    for path in logs:
        with naming(path):
            events = shifted(read_capture(read_log(path)), utc_offset_seconds=utc_offset_seconds)
            for seen in (each for each in events if isinstance(each, AdvertReceived)):
                at, words = Instant(seen.at_us // 1_000_000), ServiceData(seen.service_data)
                for kept in design.kept(words, at=at, parameters=parameters):
                    store.add(kept, at=at, rssi_dbm=seen.rssi_dbm)
    return store


def _matched(
    heard: ObservationStore,
    files: Sequence[KeyFile],
    design: Design,
    parameters: Parameters,
    threads: int,
) -> list[Match]:
    total = sum(map(len, files))
    if max(map(len, files)) >= engine.WORTHWHILE_KEYS and design.name in engine.PREPARED:
        engine.prepare([design.name], announce=_announce)
    columns = (*Progress.get_default_columns(), MofNCompleteColumn())
    quiet = not progress_console.is_terminal
    with Progress(*columns, console=progress_console, transient=True, disable=quiet) as bar:
        task = bar.add_task(text(en="keys", vi="khóa"), total=total)
        return list(
            match_key_files(
                heard,
                files,
                design,
                parameters=parameters,
                threads=threads,
                progress=lambda keys: bar.advance(task, keys),
            )
        )


def _announce(design: str) -> None:
    typer.echo(
        text(
            en=f"loading the fast matching of {design}; the first time it is compiled, which takes "
            "some seconds",
            vi=f"đang nạp phần đối chiếu nhanh của {design}; lần đầu phải biên dịch, mất vài giây",
        ),
        err=True,
    )


def _as_object(
    paths: Sequence[Path], files: Sequence[KeyFile], found: Sequence[Match]
) -> dict[str, object]:
    return {
        "files": [
            {
                "file": str(path),
                "design": file.design,
                "region": file.region,
                "release": iso_moment(file.release),
                "keys": len(file),
                "verified": file.verified,
            }
            for path, file in zip(paths, files, strict=True)
        ],
        "keys": sum(map(len, files)),
        "matches": [_match_as_object(match) for match in found],
    }


def _match_as_object(match: Match) -> dict[str, object]:
    times = match.observation.times()
    return {
        "key": None if match.key is None else match.key.key.hex(),
        "day": day_to_date(match.day).isoformat(),
        "first": iso_moment(times[0]),
        "last": iso_moment(times[-1]),
        "sightings": len(times),
        "strongest_dbm": max(seen.rssi_dbm for seen in match.observation.sightings),
    }


def _warn(paths: Sequence[Path], files: Sequence[KeyFile]) -> None:
    """Say on standard error which files nobody vouches for."""
    for path, file in zip(paths, files, strict=True):
        if not file.verified:
            unknown = text(
                en=f"warning: {path} is not verified: without --public-key anybody can have made "
                "it, and its matches prove nothing",
                vi=f"cảnh báo: {path} chưa được xác minh: nếu thiếu --public-key thì bất kỳ ai "
                "cũng có thể đã tạo ra tệp, và kết quả đối chiếu không chứng minh điều gì",
            )
            typer.echo(unknown, err=True)


def _show(files: Sequence[KeyFile], found: Sequence[Match]) -> None:
    counted = text(
        en="{matches} identifiers heard follow from {keys} published keys in {files} files",
        vi="{matches} mã đã nghe được sinh ra từ {keys} khóa đã công bố trong {files} tệp",
    )
    keys = sum(map(len, files))
    show(counted.format(matches=number(len(found)), keys=number(keys), files=number(len(files))))
    if found:
        show(_as_table(found))


def _as_table(found: Sequence[Match]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(text(en="First (UTC)", vi="Đầu tiên (UTC)"))
    table.add_column(text(en="Last (UTC)", vi="Cuối cùng (UTC)"))
    table.add_column(text(en="Sightings", vi="Số lần nghe"), justify="right")
    table.add_column(text(en="Strongest dBm", vi="Mạnh nhất dBm"), justify="right")
    for match in found:
        times = match.observation.times()
        table.add_row(
            *(iso_moment(at)[:19].replace("T", " ") for at in (times[0], times[-1])),
            number(len(times)),
            str(max(seen.rssi_dbm for seen in match.observation.sightings)),
        )
    return table
