"""`dp3t derive`: identifiers from keys, to compare other implementations with this one."""

from typing import Annotated, Any

import typer
from rich.table import Table

from dp3t.cli.language import text
from dp3t.cli.output import JSON_HELP, emit_json, show
from dp3t.codec import from_hex
from dp3t.params import (
    EPHID_BYTES,
    INTERVAL_SECONDS,
    INTERVALS_PER_DAY,
    LAST_INSTANT,
    METADATA_BYTES,
    Parameters,
)
from dp3t.proximity import gaen, hybrid, lowcost, unlinkable
from dp3t.proximity.advertisement import EphID

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="Derive identifiers from a key, as every implementation must.",
        vi="Sinh các mã định danh từ một khóa, đúng như mọi cài đặt phải làm.",
    ),
)

_IDENTIFIER = text(en="Identifier", vi="Mã định danh")
_KEY_HELP = text(en="The key, in hexadecimal.", vi="Khóa, viết dưới dạng thập lục phân.")
_SEED_HELP = text(
    en="The random seed, in hexadecimal.", vi="Hạt giống ngẫu nhiên, dạng thập lục phân."
)
_MOST_EPOCHS_IN_A_WINDOW = 1440
_LAST_EPOCH_OF_FOUR_BYTES = 2**32 - 1


_Key = Annotated[str, typer.Option(help=_KEY_HELP, metavar="HEX")]
_Seed = Annotated[str, typer.Option(help=_SEED_HELP, metavar="HEX")]
_Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]
_Days = Annotated[int, typer.Option(min=1, max=64, help=text(en="How many days.", vi="Số ngày."))]
_Start = Annotated[
    int,
    typer.Option(
        min=0,
        max=LAST_INSTANT // INTERVAL_SECONDS,
        help=text(en="First interval number (ENIN).", vi="Số khoảng đầu tiên (ENIN)."),
    ),
]
_Intervals = Annotated[
    int,
    typer.Option(
        min=1, max=INTERVALS_PER_DAY, help=text(en="How many intervals.", vi="Số khoảng.")
    ),
]
_Metadata = Annotated[
    str | None,
    typer.Option(
        help=text(
            en="4 bytes of metadata to encrypt beside each identifier, in hexadecimal.",
            vi="4 byte siêu dữ liệu sẽ được mã hóa kèm mỗi mã định danh, dạng thập lục phân.",
        )
    ),
]
_Epochs = Annotated[
    int,
    typer.Option(
        min=1,
        max=_MOST_EPOCHS_IN_A_WINDOW,
        help=text(
            en="How many identifiers: the window's length over the epoch's.",
            vi="Số mã định danh: độ dài cửa sổ chia cho độ dài một kỳ.",
        ),
    ),
]
_Epoch = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=_LAST_EPOCH_OF_FOUR_BYTES,
        help=text(
            en="The epoch's number, counted from 1970; without it there is no hash.",
            vi="Số thứ tự của kỳ, tính từ năm 1970; không có số này thì không có giá trị băm.",
        ),
    ),
]


@app.command(
    "lowcost",
    help=text(
        en="The DP-3T low-cost design: day keys and their identifiers in generation order.",
        vi="Thiết kế DP-3T chi phí thấp: khóa từng ngày và mã định danh theo thứ tự sinh ra.",
    ),
)
def lowcost_command(key: _Key, days: _Days = 1, *, as_json: _Json = False) -> None:
    """Derive low-cost identifiers."""
    day_key = from_hex(key, length=lowcost.DAY_KEY_BYTES, what="--key")
    found = []
    for _ in range(days):
        blob = lowcost.identifiers_of_day(day_key, parameters=Parameters())
        found.append({"key": day_key.hex(), "identifiers": _split(blob)})
        day_key = lowcost.next_day_key(day_key)
    if as_json:
        emit_json({"days": found})
        return
    table = Table(text(en="Day", vi="Ngày"), text(en="Epoch", vi="Kỳ"), _IDENTIFIER)
    for number, day in enumerate(found):
        for epoch, identifier in enumerate(day["identifiers"]):
            table.add_row(str(number), str(epoch), identifier)
    show(table)


@app.command(
    "gaen",
    help=text(
        en="GAEN: the keys and identifiers of a temporary exposure key.",
        vi="GAEN: các khóa và mã định danh của một khóa phơi nhiễm tạm thời.",
    ),
)
def gaen_command(
    key: _Key,
    start: _Start,
    count: _Intervals = INTERVALS_PER_DAY,
    metadata: _Metadata = None,
    *,
    as_json: _Json = False,
) -> None:
    """Derive GAEN identifiers."""
    tek = from_hex(key, length=gaen.TEK_BYTES, what="--key")
    clear = None
    if metadata is not None:
        clear = from_hex(metadata, length=METADATA_BYTES, what="--metadata")
    document = _gaen(tek, range(start, start + count), clear)
    if as_json:
        emit_json(document)
    else:
        show(_gaen_table(document))


def _gaen(tek: bytes, intervals: range, clear: bytes | None) -> dict[str, Any]:
    """Return the keys of a TEK, and its identifiers with the encrypted metadata of each."""
    found = []
    for interval, identifier in zip(
        intervals, _split(gaen.identifiers(tek, intervals)), strict=True
    ):
        encrypted = None
        if clear is not None:
            place = EphID(bytes.fromhex(identifier))
            encrypted = gaen.crypt_metadata(tek, place, clear).hex()
        found.append({"interval": interval, "identifier": identifier, "metadata": encrypted})
    return {
        "rpik": gaen.rpi_key(tek).hex(),
        "aemk": gaen.aem_key(tek).hex(),
        "identifiers": found,
    }


def _gaen_table(document: dict[str, Any]) -> Table:
    table = Table(
        text(en="Interval", vi="Khoảng"),
        _IDENTIFIER,
        text(en="Metadata", vi="Siêu dữ liệu"),
        title=f"RPIK {document['rpik']}\nAEMK {document['aemk']}",
    )
    for row in document["identifiers"]:
        table.add_row(str(row["interval"]), row["identifier"], row["metadata"] or "")
    return table


@app.command(
    "hybrid",
    help=text(
        en="The DP-3T hybrid design: the identifiers of a window in generation order.",
        vi="Thiết kế DP-3T lai: các mã định danh của một cửa sổ theo thứ tự sinh ra.",
    ),
)
def hybrid_command(seed: _Seed, count: _Epochs, *, as_json: _Json = False) -> None:
    """Derive hybrid identifiers."""
    window_seed = from_hex(seed, length=hybrid.SEED_BYTES, what="--seed")
    identifiers = _split(hybrid.identifiers_of_window(window_seed, count=count))
    if as_json:
        emit_json({"identifiers": identifiers})
        return
    table = Table(text(en="Place", vi="Vị trí"), _IDENTIFIER)
    for place, identifier in enumerate(identifiers):
        table.add_row(str(place), identifier)
    show(table)


@app.command(
    "unlinkable",
    help=text(
        en="The DP-3T unlinkable design: the identifier of an epoch, and the hash that is kept.",
        vi="Thiết kế DP-3T không thể liên kết: mã định danh của một kỳ và giá trị băm được lưu.",
    ),
)
def unlinkable_command(seed: _Seed, epoch: _Epoch = None, *, as_json: _Json = False) -> None:
    """Derive an unlinkable identifier."""
    epoch_seed = from_hex(seed, length=unlinkable.SEED_BYTES, what="--seed")
    identifier = unlinkable.identifier_of_seed(epoch_seed)
    hashed = None
    if epoch is not None:
        hashed = unlinkable.hashed_observation(identifier, epoch=epoch).hex()
    if as_json:
        emit_json({"identifier": identifier.hex(), "hashed_observation": hashed})
        return
    table = Table(_IDENTIFIER, text(en="Hashed observation", vi="Giá trị băm được lưu"))
    table.add_row(identifier.hex(), hashed or "")
    show(table)


def _split(identifiers: bytes) -> list[str]:
    starts = range(0, len(identifiers), EPHID_BYTES)
    return [identifiers[start : start + EPHID_BYTES].hex() for start in starts]
