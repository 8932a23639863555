"""What receipts and verdicts look like to scripts and to people."""

from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.table import Table

from dp3t.arrivals.entry_receipt import EntryReceipt
from dp3t.arrivals.mark import Mark
from dp3t.arrivals.verdict import Checked, Verdict
from dp3t.cli.language import text
from dp3t.cli.moments import iso_moment
from dp3t.cli.output import emit_json, show
from dp3t.timeline import Instant, day_to_date

REFUSED_STATUS = 1
"""The exit status of a command that refuses a traveller."""


def receipt_object(receipt: EntryReceipt) -> dict[str, object]:
    """Return what a receipt says, for a script."""
    return {
        "receipt_id": receipt.receipt_id.hex(),
        "entry_day": day_to_date(receipt.entry_day).isoformat(),
        "arrival_point": receipt.arrival_point,
        "valid_from": iso_moment(receipt.valid_from),
        "valid_until": iso_moment(receipt.valid_until),
    }


def uses_objects(uses: Iterable[Mark]) -> list[dict[str, object]]:
    """Return where and when a receipt was used, for a script."""
    return [{"moment": iso_moment(use.moment), "gate": use.gate} for use in uses]


def receipt_table(receipt: EntryReceipt) -> Table:
    """Return what a receipt says, for a person."""
    said = receipt_object(receipt)
    table = Table(box=SIMPLE_HEAD, show_header=False)
    for name, words in (
        ("receipt_id", text(en="Receipt", vi="Phiếu số")),
        ("entry_day", text(en="Entry", vi="Ngày nhập cảnh")),
        ("arrival_point", text(en="Arrival point", vi="Cửa khẩu")),
        ("valid_from", text(en="Good from", vi="Có giá trị từ")),
        ("valid_until", text(en="Good until", vi="Có giá trị đến")),
    ):
        table.add_row(words, str(said[name]))
    return table


def tell(
    checked: Checked,
    uses: Iterable[Mark] = (),
    *,
    as_json: bool,
    withdrawn_as_of: Instant | None = None,
) -> int:
    """Print a verdict, and of when the list of withdrawn receipts is; return the exit status."""
    as_of = None if withdrawn_as_of is None else iso_moment(withdrawn_as_of)
    verdict, receipt, earlier = checked.verdict, checked.receipt, uses_objects(uses)
    message = text(en=verdict.en, vi=verdict.vi)
    if as_json:
        said = None if receipt is None else receipt_object(receipt)
        found = {"verdict": verdict.value, "message": message, "receipt": said, "uses": earlier}
        emit_json(found if as_of is None else {**found, "withdrawn_as_of": as_of})
    else:
        show(message)
        for use in earlier:
            where = f"{use['moment']} {use['gate']}"
            show(text(en=f"Used: {where}", vi=f"Đã dùng: {where}"))
        if receipt is not None:
            show(receipt_table(receipt))
        if as_of is not None:
            show(text(en=f"Withdrawn receipts as of {as_of}", vi=f"Phiếu đã rút tính đến {as_of}"))
    return 0 if verdict is Verdict.VALID else REFUSED_STATUS
