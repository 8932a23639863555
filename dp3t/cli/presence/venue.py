"""`dp3t presence venue create`, `show` and `rotate`: codes and posters of a venue."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from dp3t.cli.language import text
from dp3t.cli.moments import day_given, present
from dp3t.cli.output import emit_json, show
from dp3t.cli.presence import options
from dp3t.cli.presence.describe import as_table, described_entry, described_private
from dp3t.cli.presence.extra import extra_needed
from dp3t.cli.presence.outputs import Files, plain, write_picture
from dp3t.cli.presence.private import PrivateCode, read_code, require_absent, write_code
from dp3t.cli.presence.venue_trace import event_code, trace, upload
from dp3t.errors import MalformedError
from dp3t.presence.entry import EntryCode
from dp3t.presence.rotation import RotatingCode
from dp3t.presence.venue import set_up
from dp3t.primitives import random_from_os
from dp3t.timeline import Day, day_of

MAX_DAYS = 366

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="For owners: set a venue up, print its poster, make what the authority asks for.",
        vi="Dành cho chủ địa điểm: tạo mã, in áp phích, lập dữ liệu cơ quan y tế yêu cầu.",
    ),
)

app.command(
    "trace",
    help=text(
        en="Make what an official asks for, sealed so that only the authority reads it.",
        vi="Lập dữ liệu cán bộ y tế yêu cầu, niêm phong để chỉ cơ quan y tế đọc được.",
    ),
)(trace)
app.command(
    "upload",
    help=text(
        en="Upload what `trace` made, with the official's code.",
        vi="Tải lên tệp do `trace` lập, với mã do cán bộ y tế cấp.",
    ),
)(upload)


@app.command(
    help=text(
        en="Set up a venue: its private code, and the poster at the door.",
        vi="Tạo địa điểm: mã riêng tư và áp phích treo ở cửa.",
    )
)
@extra_needed()
def create(
    name: options.Name,
    address: options.Address,
    authority: options.Authority,
    code_file: options.TraceOut,
    kind: options.Kind = "permanent-other",
    stay_minutes: options.StayMinutes = None,
    link_base: options.LinkBase = options.DEFAULT_LINK_BASE,
    trace_png: options.TracePng = None,
    pdf: options.Pdf = None,
    png: options.Png = None,
    *,
    rotating: Annotated[
        bool,
        typer.Option(
            "--rotating",
            help=text(
                en="The poster changes by the day or event; `rotate` prints the posters.",
                vi="Áp phích đổi theo ngày hoặc sự kiện; lệnh `rotate` in các áp phích.",
            ),
        ),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Set up a venue; its private code is written before anything public [TERMINAL-26]."""
    if rotating and (pdf or png):
        raise MalformedError("--rotating goes without --pdf and --png; `rotate` makes the posters")
    require_absent(code_file, trace_png)
    venue = set_up(
        description=plain(name),
        address=plain(address),
        authority=options.authority_given(authority),
        rand=random_from_os,
        location_type=options.kind_given(kind),
        default_stay_seconds=None if stay_minutes is None else 60 * stay_minutes,
    )
    code = RotatingCode.generate(venue, rand=random_from_os) if rotating else venue
    files = Files(pdf, png, trace_png, link_base=link_base)
    files.draw(venue.entry, code)
    write_code(code_file, code)
    files.write()
    _tell(code, [code_file, *files.paths], link_base, as_json=as_json)


@app.command(
    "show",
    help=text(
        en="Show what a private code is of, and print its poster or sheet again.",
        vi="Xem mã riêng tư thuộc địa điểm nào, in lại áp phích hoặc trang riêng tư.",
    ),
)
@extra_needed()
def show_command(
    code_file: options.Trace,
    link_base: options.LinkBase = options.DEFAULT_LINK_BASE,
    utc_offset: options.UtcOffset = options.VIETNAM_UTC_OFFSET,
    trace_png: options.TracePng = None,
    pdf: options.Pdf = None,
    png: options.Png = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Show a venue; nothing private is printed [TERMINAL-31]."""
    code = read_code(code_file)
    if isinstance(code, RotatingCode) and (pdf or png):
        raise MalformedError("the code is a rotating one; `rotate` makes its posters")
    require_absent(trace_png)
    entry = (code.venue if isinstance(code, RotatingCode) else code).entry
    files = Files(pdf, png, trace_png, link_base=link_base, utc_offset_seconds=utc_offset)
    files.draw(entry, code)
    files.write()
    _tell(code, files.paths, link_base, as_json=as_json)


@app.command(
    help=text(
        en="Print posters that change, one page for each day or one for an event.",
        vi="In các áp phích luân phiên: mỗi ngày một trang, hoặc một trang cho một sự kiện.",
    )
)
@extra_needed()
def rotate(
    code_file: options.Trace,
    pdf: Annotated[
        Path,
        typer.Option(metavar="FILE", help=text(en="The posters, A4.", vi="Các áp phích khổ A4.")),
    ],
    first: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="DATE",
            help=text(en="The first day; today if not said.", vi="Ngày đầu; mặc định hôm nay."),
        ),
    ] = None,
    days: Annotated[
        int, typer.Option(min=1, max=MAX_DAYS, help=text(en="How many days.", vi="Số ngày."))
    ] = 7,
    event: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help=text(en="For one event instead of days.", vi="Cho một sự kiện thay vì theo ngày."),
        ),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help=text(en="When the event begins.", vi="Lúc sự kiện bắt đầu.")
        ),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help=text(en="When the event ends.", vi="Lúc sự kiện kết thúc.")
        ),
    ] = None,
    link_base: options.LinkBase = options.DEFAULT_LINK_BASE,
    utc_offset: options.UtcOffset = options.VIETNAM_UTC_OFFSET,
    *,
    as_json: options.Json = False,
) -> None:
    """Print the posters of days or of an event [TERMINAL-31]."""
    from dp3t.cli.presence.drawn import posters

    code = read_code(code_file)
    if not isinstance(code, RotatingCode):
        raise MalformedError(
            f"{code_file}: is the code of one poster; `create --rotating` makes others"
        )
    if event is None:
        entries = _day_entries(code, first, days)
    else:
        entries = [event_code(code, event, start, end).entry]
    drawn = posters(entries, link_base=link_base, utc_offset_seconds=utc_offset)
    write_picture(pdf, drawn, private=True)  # codes of days to come
    documents = [{**described_entry(each), "link": each.link(base=link_base)} for each in entries]
    if as_json:
        emit_json({"posters": documents, "files": [str(pdf)]})
    else:
        for document in documents:
            show(as_table(document))


def _day_entries(code: RotatingCode, first: str | None, days: int) -> list[EntryCode]:
    begin = day_of(present()) if first is None else day_given(first, "--from")
    try:
        return [code.day_code(Day(day)).entry for day in range(begin, begin + days)]
    except ValueError:
        raise MalformedError("--from and --days reach beyond 2106") from None


def _tell(code: PrivateCode, written: Iterable[Path], link_base: str, *, as_json: bool) -> None:
    """Say what a private code is of, and where the link of its poster leads."""
    document = described_private(code)
    if not isinstance(code, RotatingCode):
        document["link"] = code.entry.link(base=link_base)
    document["files"] = [str(path) for path in written]
    if as_json:
        emit_json(document)
    else:
        show(as_table(document))
