"""The results as one JSON document, and as the tables of the decision's page."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from benchmarks.distribution import exchange, traffic
from benchmarks.distribution.looks import DUMMIES_PER_DAY, LOG_DAYS
from benchmarks.distribution.slots import DESIGNS, MIN_BATCH_KEYS, measure_slot
from benchmarks.sizes.patients import SEED

Document = dict[str, Any]
"""A JSON object."""

REPORTS_PER_DAY = (100, 1_000, 10_000)
NAMES = {"lowcost": "low-cost", "unlinkable": "unlinkable", "hybrid-4h": "hybrid", "gaen": "GAEN"}


def document(reports_per_day: tuple[int, ...]) -> Document:
    """Measure every design at every number of reports."""
    tiles = traffic.year_of_tiles()
    rows = []
    for choice in DESIGNS:
        for reports in reports_per_day:
            slot = measure_slot(choice, reports_per_day=reports)
            day = traffic.phone_day(choice, slot, tiles=tiles)
            rows.append(
                {
                    "design": choice.label,
                    "reports_per_day": reports,
                    "slot": asdict(slot),
                    "phone": asdict(day),
                    "fleets": [
                        asdict(traffic.fleet(day, phones=phones)) for phones in traffic.PHONES
                    ],
                    "phones_of_a_line": traffic.phones_of_a_line(day),
                    "origin": traffic.origin(choice, slot, tiles=tiles),
                }
            )
    return {
        "assumptions": assumptions(),
        "tiles": tiles,
        "unchanged_look_bytes": traffic.unchanged_look_bytes(),
        "rows": rows,
    }


def assumptions() -> Document:
    """Return what was not measured."""
    return {
        "seed": SEED,
        "min_batch_keys": MIN_BATCH_KEYS,
        "log_days": LOG_DAYS,
        "dummies_per_day": DUMMIES_PER_DAY,
        "handshake_down_bytes": exchange.HANDSHAKE_DOWN_BYTES,
        "handshake_up_bytes": exchange.HANDSHAKE_UP_BYTES,
        "framing": exchange.FRAMING,
        "peak": traffic.PEAK,
        "line_bits_per_second": traffic.LINE_BITS_PER_SECOND,
        "nodes": traffic.NODES,
        "index_seconds": traffic.INDEX_SECONDS,
    }


def markdown(results: Document) -> Iterator[str]:
    """Yield the lines of the page's tables, each table with an empty line behind it."""
    yield from _phones(results["rows"])
    yield from _fleets(results["rows"])
    yield from _requests(results["rows"])


def _phones(rows: list[Document]) -> Iterator[str]:
    yield _line("kB a phone a day", "reports", *traffic.PARTS, "all", "requests", "first look")
    yield _line("---", *(["---:"] * (len(traffic.PARTS) + 4)))
    for row in rows:
        phone = row["phone"]
        yield _line(
            NAMES[row["design"]],
            f"{row['reports_per_day']:,}",
            *(_kilobytes(phone["parts"][part]) for part in traffic.PARTS),
            f"**{_kilobytes(phone['down_bytes'] + phone['up_bytes'])}**",
            f"{phone['requests']:.1f}",
            _kilobytes(phone["first_look_bytes"]),
        )
    yield ""


def _fleets(rows: list[Document]) -> Iterator[str]:
    yield _line(
        "",
        "reports",
        *(
            f"{phones // 1_000_000} M: {what}"
            for phones in traffic.PHONES
            for what in ("TB a day", "Gbit/s, mean · peak")
        ),
        "phones on 1 Gbit/s",
        "behind a CDN, GB a day",
    )
    yield _line("---", *(["---:"] * 7))
    for row in rows:
        cells = []
        for fleet in row["fleets"]:
            cells.append(f"{fleet['egress_bytes_per_day'] / 1e12:.2f}")
            mean = fleet["egress_bits_per_second"] / 1e9
            cells.append(f"{mean:.2f} · {mean * traffic.PEAK:.1f}")
        yield _line(
            NAMES[row["design"]],
            f"{row['reports_per_day']:,}",
            *cells,
            f"{row['phones_of_a_line'] / 1e6:.2f} M",
            f"{row['origin']['egress_bytes_per_day'] / 1e9:.2f}",
        )
    yield ""


def _requests(rows: list[Document]) -> Iterator[str]:
    """Yield what does not depend on reports, and on the design hardly."""
    yield _line(
        *("phones", "reads a second", "at the peak", "connections a second", "dummies a second"),
        *("of 4 KiB, Mbit/s", "of 64 KiB, Mbit/s", "reads a second behind a CDN"),
    )
    yield _line("---:", *(["---:"] * 7))
    for fleet in rows[0]["fleets"]:
        uploads = fleet["uploads_per_second"]
        yield _line(
            f"{fleet['phones']:,}",
            f"{fleet['requests_per_second']:,.0f}",
            f"{fleet['peak_requests_per_second']:,.0f}",
            f"{fleet['connections_per_second']:,.0f}",
            f"{uploads:,.0f}",
            f"{uploads * 2**12 * 8 / 1e6:,.1f}",
            f"{uploads * 2**16 * 8 / 1e6:,.1f}",
            f"{rows[0]['origin']['requests_per_second']:.1f}",
        )
    yield ""


def _kilobytes(count: float) -> str:
    return f"{count / 1000:,.1f}"


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
