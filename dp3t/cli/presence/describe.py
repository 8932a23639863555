"""What of a code anybody may see, as an object for a script and as a table for a person."""

from collections.abc import Mapping

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from dp3t.cli.language import text
from dp3t.cli.moments import iso_moment
from dp3t.cli.presence.private import PrivateCode
from dp3t.presence.entry import EntryCode
from dp3t.presence.rotation import RotatingCode
from dp3t.timeline import Instant

_WORDS = {
    "room": text(en="Room", vi="Phòng số"),
    "card": text(en="Card", vi="Thẻ"),
    "kind": text(en="Code", vi="Mã"),
    "description": text(en="Name", vi="Tên"),
    "address": text(en="Address", vi="Địa chỉ"),
    "start": text(en="Valid from", vi="Dùng từ"),
    "end": text(en="until", vi="đến"),
    "default_stay_seconds": text(en="Stay, seconds", vi="Thời gian ghé, giây"),
    "location_id": text(en="Location", vi="Mã địa điểm"),
    "link": text(en="Link", vi="Liên kết"),
    "files": text(en="Written", vi="Đã ghi"),
}
_KINDS = {
    "card": text(en="card of a visitor", vi="thẻ của khách"),
    "entry": text(en="entry code", vi="mã vào cửa"),
    "trace": text(en="PRIVATE trace code", vi="mã truy vết RIÊNG TƯ"),
    "rotating": text(en="PRIVATE rotating trace code", vi="mã truy vết luân phiên RIÊNG TƯ"),
}


def described_entry(entry: EntryCode) -> dict[str, object]:
    """Return what an entry code says to everybody."""
    return {
        "description": entry.description,
        "address": entry.address,
        "start": _moment(entry.start),
        "end": _moment(entry.end),
        "default_stay_seconds": entry.default_stay_seconds,
        "location_id": entry.cwa_location_id.hex(),
        "payload": entry.payload.hex(),
    }


def described_private(code: PrivateCode) -> dict[str, object]:
    """Return what a private code says of the venue, and nothing that is private."""
    if isinstance(code, RotatingCode):
        entry = code.venue.entry
        return {"kind": "rotating", "description": entry.description, "address": entry.address}
    return {"kind": "trace", **described_entry(code.entry)}


def as_table(document: Mapping[str, object]) -> Table:
    """Return what was described for a person, without what is missing or long."""
    table = Table(box=SIMPLE_HEAD, show_header=False)
    for name, value in document.items():
        if name != "payload" and value is not None and value != []:
            table.add_row(_WORDS.get(name, name), escape(_shown(name, value)))
    return table


def _shown(name: str, value: object) -> str:
    if name == "kind":
        return _KINDS.get(str(value), str(value))
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def _moment(moment: Instant | None) -> str | None:
    return None if moment is None else iso_moment(moment)
