"""The results of `benchmarks.sizes` as tables for a terminal."""

from collections.abc import Iterator
from typing import Any

from rich.table import Table

from benchmarks.tables import result_table

Document = dict[str, Any]
"""A JSON object."""

_WORDS = {"", "design"}
"""Columns that hold words."""


def tables(results: Document) -> Iterator[Table]:
    """Yield the white paper's table by designs, what one patient costs, and the bounds."""
    for place, patient in enumerate(results["patients"]):
        yield _days(patient["design"], results["rows"], place)
    yield _patients(results)
    yield _bounds(results)


def _days(design: str, rows: list[Document], place: int) -> Table:
    table = result_table(
        f"{design}: MiB per user and day",
        "",
        "cases",
        "paper",
        "formula",
        "ours",
        "difference",
        "ratio",
        "patient",
        words=_WORDS,
        caption="paper: as printed; difference: in bytes; patient: bytes for each",
    )
    for row in rows:
        cell = row["designs"][place]
        table.add_row(
            f"{row['country']} {row['period']}",
            f"{row['cases']:,}",
            cell["paper_printed_mib"] or "",
            f"{cell['formula_mib_per_user_per_day']:.4f}",
            f"{cell['mib_per_user_per_day']:.4f}",
            f"{cell['difference_bytes']:+,}",
            f"{cell['ratio']:.3f}",
            f"{cell['bytes_per_patient']:.1f}",
        )
    return table


def _patients(results: Document) -> Table:
    count = results["patients"][0]["patients_per_batch"]
    table = result_table(
        f"Bytes per patient, in batches of {count}",
        "design",
        "formula",
        "ours",
        "ratio",
        "with today",
        "ratio",
        "less 8 h formula",
        "less 8 h ours",
        "indexes",
        words=_WORDS,
        caption="with today: the report also holds the part of today that is over\nless 8 h: "
        "eight hours of each day held back; ours publishes decoys\n"
        "indexes: bytes per user and day, one index fetched with each batch",
    )
    for patient in results["patients"]:
        table.add_row(
            patient["design"],
            f"{patient['formula_bytes']}",
            f"{patient['bytes']:.1f}",
            f"{patient['ratio']:.3f}",
            f"{patient['bytes_with_today']:.1f}",
            f"{patient['ratio_with_today']:.3f}",
            _or_nothing(patient["formula_bytes_redacted"]),
            _or_nothing(patient["bytes_redacted"]),
            f"{patient['index_bytes_per_user_per_day']:,}",
        )
    return table


def _bounds(results: Document) -> Table:
    table = result_table(
        "Signed batches of 1,000 or more keys",
        "design",
        "bytes per key alone",
        "limit",
        "worst",
        "keys in it",
        "of batches",
        "",
        words=_WORDS,
        caption="worst: ratio to the keys alone; an item of a filter alone is a fingerprint "
        "over the maximum load",
    )
    for bound in results["bounds"]:
        table.add_row(
            bound["design"],
            f"{bound['bytes_per_key']:.2f}",
            f"{bound['limit']:.2f}",
            f"{bound['worst']:.4f}",
            f"{bound['worst_keys']:,}",
            f"{bound['batches']}",
            "held" if bound["held"] else "BROKEN",
        )
    return table


def _or_nothing(count: float | None) -> str:
    return "" if count is None else f"{count:.1f}"
