"""`dp3t presence slip`: slips at the desk, and whom to call at the authority."""

from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from dp3t.cli.authority_key import read_key, read_private
from dp3t.cli.files import alone, naming, write_whole
from dp3t.cli.language import number, text
from dp3t.cli.moments import iso_moment, moment_given, present
from dp3t.cli.output import emit_json, show
from dp3t.cli.presence import options
from dp3t.cli.presence.extra import extra_needed
from dp3t.cli.presence.finished import read_traces
from dp3t.cli.presence.private import write_private
from dp3t.cli.presence.reading import card_given, entry_given, require_length
from dp3t.errors import ExpiredError, TooEarlyError
from dp3t.presence.slip import write_slips
from dp3t.presence.slip_book import SlipBook
from dp3t.presence.slip_contacts import OpenedSlips, open_slips
from dp3t.primitives import random_from_os
from dp3t.timeline import Instant, day_of, day_to_date

MAX_BOOK_BYTES = 2**26

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="For visitors without a phone: slips that open only with a traced hour.",
        vi="Dành cho khách không có điện thoại: phiếu chỉ mở được khi giờ đó bị truy vết.",
    ),
)

_Book = Annotated[
    Path,
    typer.Argument(
        metavar="BOOK",
        help=text(
            en="The book of slips; only its owner can read the file.",
            vi="Sổ phiếu; chỉ chủ sở hữu đọc được tệp.",
        ),
    ),
]
_Time = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help=text(
            en="Unix seconds, or ISO 8601 with zone.", vi="Số giây Unix, hoặc ISO 8601 kèm múi giờ."
        ),
    ),
]


@app.command(
    help=text(
        en="Write the slips of a visit into the book.", vi="Ghi phiếu của một lượt ghé vào sổ."
    )
)
@extra_needed()
def add(
    book: _Book,
    card: Annotated[
        str,
        typer.Option(
            metavar="IMAGE|TEXT",
            help=text(en="A picture of the card, or its text.", vi="Ảnh thẻ, hoặc chữ trên thẻ."),
        ),
    ],
    entry: Annotated[
        str,
        typer.Option(
            metavar="IMAGE|LINK",
            help=text(
                en="A picture of the poster, or its link.", vi="Ảnh áp phích, hoặc liên kết của nó."
            ),
        ),
    ],
    arrival: _Time = None,
    departure: _Time = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Add the slips of a visit; those too old leave the book [TERMINAL-38]."""
    now = present()
    arrived = now if arrival is None else moment_given(arrival, "--arrival")
    if arrived > now:
        raise TooEarlyError("--arrival is to come")
    slips = write_slips(
        entry_given(entry),
        card_given(card),
        arrival=arrived,
        departure=None if departure is None else moment_given(departure, "--departure"),
        rand=random_from_os,
    )
    with alone(book):
        changed = (_read(book) if book.exists() else SlipBook()).added(slips, now=now)
        added = len(set(slips).intersection(changed.slips))
        if not added:
            raise ExpiredError("the visit is too long ago for a slip to be kept")
        write_whole(book, changed.encode(), mode=0o600, force=True)
    if as_json:
        emit_json({"added": added, "slips": len(changed.slips)})
    else:
        count = number(added)
        show(text(en=f"Slips written: {count}.", vi=f"Đã ghi {count} phiếu."))


@app.command(
    help=text(
        en="Take from the book what the authority needs: the slips of the days asked for.",
        vi="Trích từ sổ phần cơ quan y tế cần: phiếu của những ngày được yêu cầu.",
    )
)
def select(
    book: _Book,
    since: options.Since,
    until: options.Until,
    out: Annotated[
        Path,
        typer.Option(
            metavar="FILE", help=text(en="The book to write.", vi="Tệp sổ trích cần ghi.")
        ),
    ],
    *,
    as_json: options.Json = False,
) -> None:
    """Write a book of some days [TERMINAL-38]."""
    stretch = options.stretch_given(since, until)
    last = day_of(Instant(max(stretch.start, stretch.end - 1)))
    chosen = _read(book).of_days(day_of(stretch.start), last)
    write_private(out, chosen.encode())
    if as_json:
        emit_json({"slips": len(chosen.slips), "days": _days(chosen)})
    else:
        for day, count in _days(chosen).items():
            show(f"{day}: {number(count)}")


@app.command(
    "open",
    help=text(
        en="For the authority: whom to call, from the slips of traced hours.",
        vi="Dành cho cơ quan y tế: cần gọi cho ai, theo phiếu của các giờ bị truy vết.",
    ),
)
@extra_needed()
def open_command(
    book: _Book,
    traces: Annotated[
        list[Path],
        typer.Option(
            metavar="FILE",
            help=text(
                en="What `authority complete` wrote; may be repeated.",
                vi="Tệp do `authority complete` ghi; có thể lặp lại.",
            ),
        ),
    ],
    private_key: options.PrivateKey,
    since: options.Since,
    until: options.Until,
    *,
    as_json: options.Json = False,
) -> None:
    """Print who was there, as they wrote it themselves [TERMINAL-39]."""
    found = open_slips(
        _read(book).slips,
        read_traces(traces),
        read_key(private_key),
        stretch=options.stretch_given(since, until),
    )
    if as_json:
        emit_json(_as_object(found))
    else:
        _show(found)


def _read(book: Path) -> SlipBook:
    data = read_private(book, MAX_BOOK_BYTES)
    with naming(book):
        require_length(data, MAX_BOOK_BYTES)
        return SlipBook.decode(data)


def _days(book: SlipBook) -> dict[str, int]:
    counts = dict[str, int]()
    for slip in book.slips:
        day = day_to_date(slip.day).isoformat()
        counts[day] = counts.get(day, 0) + 1
    return counts


def _as_object(found: OpenedSlips) -> dict[str, object]:
    return {
        "contacts": [
            {
                "contact": each.contact,
                "stays": [
                    {"start": iso_moment(stay.start), "end": iso_moment(stay.end)}
                    for stay in each.stays
                ],
            }
            for each in found.contacts
        ],
        "unreadable": found.unreadable,
    }


def _show(found: OpenedSlips) -> None:
    if not found.contacts:
        show(text(en="Nobody to call.", vi="Không có ai cần gọi."))
    table = Table(
        text(en="Contact", vi="Liên lạc"),
        text(en="From", vi="Từ"),
        text(en="Until", vi="Đến"),
        box=SIMPLE_HEAD,
    )
    for each in found.contacts:
        for stay in each.stays:
            table.add_row(escape(each.contact), iso_moment(stay.start), iso_moment(stay.end))
    if found.contacts:
        show(table)
    if found.unreadable:
        count = number(found.unreadable)
        show(text(en=f"Slips that cannot be read: {count}.", vi=f"{count} phiếu không đọc được."))
