"""`dp3t arrivals receipt` and `verify`: what a receipt says, and whether it is good."""

from pathlib import Path
from typing import Annotated

import typer

from dp3t.arrivals.entry_receipt import open_receipt, require_arrival_point
from dp3t.arrivals.verdict import verify as verdict_on
from dp3t.arrivals.withdrawn import MAX_WITHDRAWN_BYTES, WithdrawnReceipts
from dp3t.cli.arrivals import options
from dp3t.cli.arrivals.described import receipt_object, receipt_table, tell
from dp3t.cli.files import naming
from dp3t.cli.language import text
from dp3t.cli.output import emit_json, show
from dp3t.cli.presence.extra import extra_needed
from dp3t.cli.presence.reading import read_up_to


@extra_needed()
def receipt(
    shown: options.Receipt,
    keys: options.Keys,
    authority: options.Authority,
    png: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=text(en="Draw it as PNG.", vi="Vẽ phiếu ra tệp PNG.")),
    ] = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Print what an authentic receipt says, and draw it [TERMINAL-46]."""
    given = options.receipt_given(shown)
    said, _ = open_receipt(given, options.keys_in(keys, authority).receipts())
    written = given.strip().upper()
    if png is not None:
        draw(png, written)
    if as_json:
        emit_json({"text": written, **receipt_object(said)})
    else:
        show(receipt_table(said))


@extra_needed()
def verify(
    shown: options.Receipt,
    keys: options.Keys,
    authority: options.Authority,
    arrival_point: options.Point,
    document: options.Document = None,
    zone: options.Zone = None,
    withdrawn: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help=text(
                en="The server's list of withdrawn receipts.",
                vi="Danh sách phiếu đã rút do máy chủ ký.",
            ),
        ),
    ] = None,
    now: options.Now = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Print whether a receipt is good for the traveller and here; note nothing [TERMINAL-47]."""
    require_arrival_point(arrival_point)
    moment, trusted = options.now_given(now), options.keys_in(keys, authority).receipts()
    listed = WithdrawnReceipts.none_yet()
    if withdrawn is not None:
        with naming(withdrawn):
            data = read_up_to(withdrawn, MAX_WITHDRAWN_BYTES)
            listed = WithdrawnReceipts.open(data, trusted, now=moment)
    checked = verdict_on(
        options.receipt_given(shown),
        options.document_given(document, zone),
        keys=trusted,
        arrival_point=arrival_point,
        now=moment,
        withdrawn=listed,
    )
    as_of = None if withdrawn is None else listed.issued
    raise typer.Exit(tell(checked, as_json=as_json, withdrawn_as_of=as_of))


def draw(path: Path, receipt_text: str) -> None:
    """Draw a receipt; the drawing library is loaded only for that [TERMINAL-41]."""
    from dp3t.cli.presence.outputs import write_picture
    from dp3t.cli.presence.page import code_png

    write_picture(path, code_png(receipt_text), private=True)
