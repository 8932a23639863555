"""`dp3t presence organisation`: many rooms, one passphrase, and a record that holds no secret."""

from pathlib import Path
from typing import Annotated

import typer

from dp3t.cli.authority_key import read_private
from dp3t.cli.files import alone, naming, write_whole
from dp3t.cli.language import number, text
from dp3t.cli.output import emit_json, show
from dp3t.cli.presence import options
from dp3t.cli.presence.describe import as_table, described_entry, described_private
from dp3t.cli.presence.extra import extra_needed
from dp3t.cli.presence.outputs import Files, plain
from dp3t.cli.presence.private import (
    require_absent,
    without_comments,
    write_code,
    write_private,
)
from dp3t.cli.presence.reading import read_up_to
from dp3t.errors import MalformedError
from dp3t.presence.entry import EntryCode
from dp3t.presence.managed import MAX_PASSPHRASE_CHARACTERS, Organisation, Passphrase
from dp3t.primitives import random_from_os

MAX_RECORD_BYTES = 2**23
_MAX_PASSPHRASE_BYTES = 4 * MAX_PASSPHRASE_CHARACTERS + 1024
_WARNING = (
    "# RIÊNG TƯ: cụm mật khẩu của tổ chức. Chỉ một người giữ, cất nơi an toàn.\n"
    "# PRIVATE: an organisation's passphrase. One person keeps it, locked away.\n"
)

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="For organisations: many rooms under one passphrase.",
        vi="Dành cho tổ chức: nhiều phòng dưới một cụm mật khẩu.",
    ),
)

_Record = Annotated[
    Path,
    typer.Argument(
        metavar="RECORD",
        help=text(
            en="The organisation's record; it holds no secret.",
            vi="Hồ sơ của tổ chức; không chứa bí mật.",
        ),
    ),
]
_Passphrase = Annotated[
    Path,
    typer.Option(
        "--passphrase",
        metavar="FILE",
        help=text(
            en="The passphrase; only its owner can read it.",
            vi="Cụm mật khẩu; chỉ chủ sở hữu đọc được.",
        ),
    ),
]


@app.command(
    help=text(
        en="Set an organisation up: its record, and the passphrase that traces its rooms.",
        vi="Tạo tổ chức: hồ sơ, và cụm mật khẩu dùng để truy vết các phòng.",
    )
)
@extra_needed()
def create(
    authority: options.Authority,
    passphrase: _Passphrase,
    record: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help=text(en="The record to write.", vi="Tệp hồ sơ cần ghi."),
        ),
    ],
    *,
    as_json: options.Json = False,
) -> None:
    """Draw a passphrase and write the record of an organisation without rooms."""
    key = options.authority_given(authority)
    require_absent(passphrase, record)
    drawn = Passphrase.generate(rand=random_from_os)
    organisation = Organisation.found(drawn, authority=key, rand=random_from_os)
    write_private(passphrase, f"{_WARNING}{drawn.text()}\n".encode())
    write_whole(record, organisation.encode(), mode=0o644, force=False)
    _tell({"files": [str(passphrase), str(record)]}, as_json=as_json)


@app.command(
    help=text(en="Add a room, and print its poster.", vi="Thêm một phòng và in áp phích của phòng.")
)
@extra_needed()
def room(
    record: _Record,
    name: options.Name,
    address: options.Address,
    kind: options.Kind = "permanent-other",
    stay_minutes: options.StayMinutes = None,
    link_base: options.LinkBase = options.DEFAULT_LINK_BASE,
    pdf: options.Pdf = None,
    png: options.Png = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Add a room to the record; it takes no passphrase."""
    with alone(record):
        organisation, entry = _read(record).with_room(
            description=plain(name),
            address=plain(address),
            rand=random_from_os,
            location_type=options.kind_given(kind),
            default_stay_seconds=None if stay_minutes is None else 60 * stay_minutes,
        )
        files = Files(pdf, png, link_base=link_base)
        files.draw(entry)
        write_whole(record, organisation.encode(), mode=0o644, force=True)
        files.write()
    document = _room(len(organisation.payloads), entry)
    document |= {"link": entry.link(base=link_base), "files": [str(path) for path in files.paths]}
    _tell(document, as_json=as_json)


@app.command(
    "show",
    help=text(en="List the rooms.", vi="Liệt kê các phòng."),
)
@extra_needed()
def show_command(record: _Record, *, as_json: options.Json = False) -> None:
    """List the rooms of an organisation, numbered from 1."""
    payloads = _read(record).payloads
    rooms = [_room(place, EntryCode.parse(each)) for place, each in enumerate(payloads, start=1)]
    if as_json:
        emit_json({"rooms": rooms})
        return
    for each in rooms:
        show(as_table(each))
    show(text(en=f"Rooms: {number(len(rooms))}.", vi=f"Số phòng: {number(len(rooms))}."))


@app.command(
    help=text(
        en="Make the private code of a room, for `venue trace`.",
        vi="Tạo mã riêng tư của một phòng, dùng cho `venue trace`.",
    )
)
@extra_needed()
def code(
    record: _Record,
    passphrase: _Passphrase,
    room_number: Annotated[
        int,
        typer.Option(
            "--room", min=1, help=text(en="Its number, from `show`.", vi="Số phòng, từ `show`.")
        ),
    ],
    code_file: options.TraceOut,
    *,
    as_json: options.Json = False,
) -> None:
    """Write the private code of a room."""
    organisation = _read(record)
    if room_number > len(organisation.payloads):
        raise MalformedError(f"--room: the organisation has {len(organisation.payloads)} rooms")
    payload = organisation.payloads[room_number - 1]
    venue = organisation.trace_code(payload, passphrase=_passphrase(passphrase))
    write_code(code_file, venue)
    _tell({**described_private(venue), "files": [str(code_file)]}, as_json=as_json)


def _read(record: Path) -> Organisation:
    with naming(record):
        return Organisation.decode(read_up_to(record, MAX_RECORD_BYTES))


def _passphrase(path: Path) -> Passphrase:
    data = read_private(path, _MAX_PASSPHRASE_BYTES)
    with naming(path):
        return Passphrase(without_comments(data.decode("utf-8", errors="replace")))


def _room(place: int, entry: EntryCode) -> dict[str, object]:
    return {"room": place, **described_entry(entry)}


def _tell(document: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        emit_json(document)
    else:
        show(as_table(document))
