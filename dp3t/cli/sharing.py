"""`dp3t sharing`: which k of n to choose, and shares to compare other implementations with."""

from typing import Annotated, Any

import typer
from rich.table import Table

from dp3t.cli.language import number, text
from dp3t.cli.output import JSON_HELP, emit_json, show
from dp3t.codec import from_hex
from dp3t.errors import MalformedError
from dp3t.params import EPHID_BYTES, SERVICE_DATA_BYTES
from dp3t.proximity.sharing.plan import Listener, Option, Row, plan
from dp3t.proximity.sharing.polynomial import from_coefficients
from dp3t.proximity.sharing.share import (
    MAX_SHARES,
    TAG_BYTES,
    Share,
    Sharing,
    recover,
    share_of,
)

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="Spread identifiers over several advertisements: k of n shares recover one.",
        vi="Chia mã định danh ra nhiều bản tin quảng bá: k trong n mảnh khôi phục được mã.",
    ),
)

_SHOWN = 12
_SAMPLE = (8, 16, 32, 64, 128, 255)
_THRESHOLD_HELP = text(
    en="k: how many shares recover the identifier.", vi="k: số mảnh đủ để khôi phục mã định danh."
)
_Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]
_Threshold = Annotated[int, typer.Option(min=2, max=MAX_SHARES, help=_THRESHOLD_HELP)]
_Near = Annotated[
    float,
    typer.Option(
        min=0,
        max=1,
        help=text(
            en="Probability to receive an advertisement nearby while scanning.",
            vi="Xác suất nhận được một bản tin ở gần trong khi quét.",
        ),
    ),
]
_Far = Annotated[
    float,
    typer.Option(
        min=0,
        max=1,
        help=text(en="Probability to receive one far away.", vi="Xác suất nhận được bản tin ở xa."),
    ),
]
_IntervalMs = Annotated[
    int,
    typer.Option(
        min=20,
        max=10_240,
        help=text(en="Milliseconds between advertisements.", vi="Số mili giây giữa hai bản tin."),
    ),
]
_ScanSeconds = Annotated[
    float,
    typer.Option(
        min=0.001, max=3600, help=text(en="Length of a scan.", vi="Thời gian mỗi lần quét.")
    ),
]
_ScanEvery = Annotated[
    float,
    typer.Option(
        min=0.001,
        max=3600,
        help=text(
            en="Seconds from one scan to the next; as --scan-seconds: all the time.",
            vi="Số giây giữa hai lần bắt đầu quét; bằng --scan-seconds là quét liên tục.",
        ),
    ),
]
_Minutes = Annotated[
    float,
    typer.Option(min=0.1, max=60, help=text(en="Length of the contact.", vi="Thời gian tiếp xúc.")),
]
_FarMinutes = Annotated[
    float | None,
    typer.Option(
        min=0.1,
        max=60,
        help=text(
            en="How long the eavesdropper listens; as long as the contact if not said.",
            vi="Kẻ nghe lén nghe bao lâu; nếu không nêu thì bằng thời gian tiếp xúc.",
        ),
    ),
]
_OnlyShares = Annotated[
    list[int] | None,
    typer.Option(
        min=2,
        max=MAX_SHARES,
        help=text(en="Only this n; may be repeated.", vi="Chỉ xét n này; có thể lặp lại."),
    ),
]
_FarScansAlike = Annotated[
    bool,
    typer.Option(
        "--far-scans-alike",
        help=text(
            en="The eavesdropper scans as phones do, not all the time.",
            vi="Kẻ nghe lén quét như điện thoại, không nghe liên tục.",
        ),
    ),
]
_Identifier = Annotated[str, typer.Option(metavar="HEX", help=text(en="16 bytes.", vi="16 byte."))]
_Shares = Annotated[
    int,
    typer.Option(min=2, max=MAX_SHARES, help=text(en="n: how many shares.", vi="n: số mảnh.")),
]
_Tag = Annotated[
    str,
    typer.Option(
        metavar="HEX", help=text(en="The group's tag, 3 bytes.", vi="Nhãn của nhóm, 3 byte.")
    ),
]
_Coefficients = Annotated[
    str,
    typer.Option(
        metavar="HEX",
        help=text(
            en="16 bytes for each power of x from 1 to k - 1.",
            vi="16 byte cho mỗi lũy thừa của x từ 1 đến k - 1.",
        ),
    ),
]
_Held = Annotated[
    list[str],
    typer.Option(
        metavar="HEX",
        help=text(
            en="Service data, 20 bytes; once for each share.",
            vi="Dữ liệu dịch vụ, 20 byte; mỗi mảnh một lần.",
        ),
    ),
]


@app.command(
    "plan",
    help=text(
        en="Find k and n with which phones nearby succeed (at least 99.9 %) and an eavesdropper "
        "far away does not (below 1 %).",
        vi="Tìm k và n để điện thoại ở gần thành công (ít nhất 99,9 %) còn kẻ nghe lén ở xa thì "
        "không (dưới 1 %).",
    ),
)
def plan_command(
    near: _Near,
    far: _Far,
    interval_ms: _IntervalMs = 250,
    scan_seconds: _ScanSeconds = 4,
    scan_every: _ScanEvery = 240,
    minutes: _Minutes = 5,
    far_minutes: _FarMinutes = None,
    shares: _OnlyShares = None,
    *,
    far_scans_alike: _FarScansAlike = False,
    as_json: _Json = False,
) -> None:
    """Tell which k and n reach the white paper's goal [SHARING-18]."""
    if scan_seconds > scan_every:
        raise MalformedError("--scan-seconds is longer than --scan-every")
    scan = {"scan_ms": round(1000 * scan_seconds), "scan_every_ms": round(1000 * scan_every)}
    far_ms = round(60_000 * (minutes if far_minutes is None else far_minutes))
    try:
        rows = plan(
            near=Listener(reception=near, contact_ms=round(60_000 * minutes), **scan),
            far=Listener(reception=far, contact_ms=far_ms, **(scan if far_scans_alike else {})),
            interval_ms=interval_ms,
            shares=sorted(set(shares)) if shares else range(2, MAX_SHARES + 1),
        )
    except ValueError as error:
        raise MalformedError(f"the options contradict one another: {error}") from None
    if as_json:
        emit_json(_document(rows))
    else:
        _show(rows)


@app.command(
    "split",
    help=text(
        en="The shares of an identifier, from given coefficients.",
        vi="Các mảnh của một mã định danh, từ các hệ số cho trước.",
    ),
)
def split_command(
    identifier: _Identifier,
    threshold: _Threshold,
    shares: _Shares,
    tag: _Tag,
    coefficients: _Coefficients,
    *,
    as_json: _Json = False,
) -> None:
    """Print the service data of a whole group [SHARING-14]."""
    if threshold > shares:
        raise MalformedError("--threshold is larger than --shares")
    polynomial = from_coefficients(
        from_hex(identifier, length=EPHID_BYTES, what="--identifier"),
        from_hex(coefficients, length=EPHID_BYTES * (threshold - 1), what="--coefficients"),
    )
    group = from_hex(tag, length=TAG_BYTES, what="--tag")
    places = range(1, Sharing(threshold=threshold, shares=shares).shares + 1)
    found = [share_of(polynomial, place=place, tag=group).encode().hex() for place in places]
    if as_json:
        emit_json({"service_data": found})
    else:
        _show_group(found)


@app.command(
    "combine",
    help=text(
        en="The identifier that shares of one group recover.",
        vi="Mã định danh mà các mảnh của một nhóm khôi phục được.",
    ),
)
def combine_command(threshold: _Threshold, share: _Held, *, as_json: _Json = False) -> None:
    """Recover an identifier, wrong shares corrected [SHARING-14]."""
    held = [
        Share.decode(from_hex(each, length=SERVICE_DATA_BYTES, what="--share")) for each in share
    ]
    if len({each.tag for each in held}) > 1:
        raise MalformedError("the shares are of different groups")
    identifier = recover(held, threshold=threshold).hex()
    if as_json:
        emit_json({"identifier": identifier})
    else:
        show(identifier)


def _document(rows: list[Row]) -> dict[str, Any]:
    best = _best(rows)
    return {
        "feasible": bool(best),
        "best": {"shares": best[0][0], **_option(best[0][1])} if best else None,
        "rows": [
            {
                "shares": row.shares,
                "near_most": row.near_most,
                "far_least": row.far_least,
                "options": [_option(option) for option in row.options],
            }
            for row in rows
        ],
    }


def _option(option: Option) -> dict[str, Any]:
    return {
        "threshold": option.threshold,
        "near_success": option.near_success,
        "far_success": option.far_success,
    }


def _best(rows: list[Row]) -> list[tuple[int, Option]]:
    """Return the options with their n, that with the smallest success far away first."""
    options = [(row.shares, option) for row in rows for option in row.options]
    return sorted(options, key=lambda found: (found[1].far_success, found[0]))


def _show(rows: list[Row]) -> None:
    best = _best(rows)
    if best:
        _show_best(best)
        return
    show(
        text(
            en="No k and n reach the goal. What some n allow:",
            vi="Không có k và n nào đạt mục tiêu. Khả năng của một số n:",
        )
    )
    _show_limits(rows)


def _show_best(best: list[tuple[int, Option]]) -> None:
    table = Table(
        "k",
        "n",
        text(en="near, %", vi="ở gần, %"),
        text(en="far, %", vi="ở xa, %"),
        title=text(
            en=f"{len(best)} pairs reach the goal",
            vi=f"{len(best)} cặp đạt mục tiêu",
        ),
        caption=_left_out(best),
    )
    for shares, option in best[:_SHOWN]:
        near, far = (
            number(100 * chance, decimals=4) for chance in (option.near_success, option.far_success)
        )
        table.add_row(str(option.threshold), str(shares), near, far)
    show(table)


def _left_out(best: list[tuple[int, Option]]) -> str | None:
    if len(best) <= _SHOWN:
        return None
    return text(
        en=f"The {_SHOWN} with the least success far away; all of them with --json.",
        vi=f"{_SHOWN} cặp có xác suất thành công ở xa thấp nhất; dùng --json để xem tất cả.",
    )


def _show_limits(rows: list[Row]) -> None:
    table = Table(
        "n",
        text(en="near succeeds up to k", vi="ở gần thành công đến k"),
        text(en="far fails from k", vi="ở xa thất bại từ k"),
    )
    for row in rows:
        if row.shares in _SAMPLE or len(rows) <= _SHOWN:
            far_least = str(row.far_least) if row.far_least <= row.shares else "–"  # noqa: RUF001
            table.add_row(str(row.shares), str(row.near_most), far_least)
    show(table)


def _show_group(service_data: list[str]) -> None:
    table = Table(text(en="Place", vi="Vị trí"), text(en="Service data", vi="Dữ liệu dịch vụ"))
    for place, data in enumerate(service_data, start=1):
        table.add_row(str(place), data)
    show(table)
