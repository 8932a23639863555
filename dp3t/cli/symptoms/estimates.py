"""`dp3t symptoms estimates`: what a server has published, and where the alarm is raised."""

import asyncio
from collections.abc import Mapping
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from dp3t.cli.language import text
from dp3t.cli.output import emit_json, show
from dp3t.cli.presence.extra import extra_needed
from dp3t.cli.symptoms import options
from dp3t.codec import from_hex
from dp3t.primitives import ED25519_PUBLIC_BYTES
from dp3t.publication.signing import TrustedKeys, VerificationKey
from dp3t.symptoms.alarm import Reading, readings
from dp3t.symptoms.estimate import PARTS, Count, Estimates
from dp3t.timeline import Day, day_to_date


@extra_needed()
def estimates(
    server: Annotated[
        str, typer.Option(metavar="URL", help=text(en="The server.", vi="Địa chỉ máy chủ."))
    ],
    public_key: Annotated[
        list[str],
        typer.Option(
            metavar="HEX",
            help=text(
                en="A key of the server; may be repeated.", vi="Khóa của máy chủ; có thể lặp lại."
            ),
        ),
    ],
    region: Annotated[
        str, typer.Option(help=text(en="The server's region.", vi="Vùng của máy chủ."))
    ] = "VN",
    commune: Annotated[
        str | None,
        typer.Option(metavar="CODE", help=text(en="Of this one only.", vi="Chỉ của xã này.")),
    ] = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Fetch all days, verify them, and run the alarm over each commune [TERMINAL-63]."""
    keys = [
        VerificationKey.pinned(from_hex(key, length=ED25519_PUBLIC_BYTES, what="--public-key"))
        for key in public_key
    ]
    found = asyncio.run(_fetched(server, TrustedKeys(keys), region))
    rows = [
        row
        for place in sorted({place for each in found for place in each.counts})
        if commune in (None, place)
        for row in rows_of(place, found)
    ]
    if as_json:
        emit_json({"days": [_date(each.day) for each in found], "estimates": rows})
    else:
        _show(rows)


async def _fetched(server: str, trusted: TrustedKeys, region: str) -> list[Estimates]:
    from dp3t.symptoms_client import SymptomsClient

    async with SymptomsClient(server) as client:
        days = await client.estimate_days()
        return [await client.fetch_estimates(day, trusted=trusted, region=region) for day in days]


def rows_of(commune: str, found: list[Estimates]) -> list[Mapping[str, object]]:
    """Return what is known of a commune; the alarm begins anew with each survey [ALARM-5]."""
    of_day = {each.day: each for each in found if commune in each.counts}
    charts: dict[Day, Reading] = {}
    for number in {each.survey for each in of_day.values()}:
        counts: dict[Day, Count] = {
            day: each.counts[commune] for day, each in of_day.items() if each.survey == number
        }
        charts |= {reading.day: reading for reading in readings(counts)}
    return [_row(commune, each, charts[day]) for day, each in sorted(of_day.items())]


def _row(commune: str, found: Estimates, reading: Reading) -> Mapping[str, object]:
    share, count = found.share(commune), found.counts[commune]
    return {
        "commune": commune,
        "day": _date(found.day),
        "reports": count.reports,
        "positives": count.positives,
        "share": share.likely / PARTS,
        "low": share.low / PARTS,
        "high": share.high / PARTS,
        "alarm": reading.alarm,
    }


def _show(rows: list[Mapping[str, object]]) -> None:
    table = Table(
        *(
            text(en=en, vi=vi)
            for en, vi in (
                ("Commune", "Xã"),
                ("Day", "Ngày"),
                ("Reports", "Số báo cáo"),
                ("Share, 19 in 20", "Tỷ lệ, 19 trên 20"),
                ("Alarm", "Báo động"),
            )
        ),
        box=SIMPLE_HEAD,
    )
    for row in rows:
        low, share, high = (f"{row[name]:.1%}" for name in ("low", "share", "high"))
        raised = text(en="rises", vi="đang tăng") if row["alarm"] else ""
        table.add_row(
            str(row["commune"]),
            str(row["day"]),
            str(row["reports"]),
            f"{share} ({low} - {high})",
            raised,
        )
    show(table)


def _date(day: Day) -> str:
    return day_to_date(day).isoformat()
