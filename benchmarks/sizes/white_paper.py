"""What the DP-3T white paper says about sizes: its formulas and its table, with their two faults.

White paper of May 2020, section 2.4, pages 23 and 24. A patient is contagious for five days and an
epoch lasts 15 minutes.

* "MB" are MiB, 2**20 bytes: only so do the printed numbers come out.
* The text gives 36 bytes to a patient of the low-cost design; the table was made with 32.
"""

from dataclasses import dataclass, field

MIB = 2**20
CONTAGIOUS_DAYS = 5

FORMULA_BYTES = {
    "lowcost": 36,
    "unlinkable": CONTAGIOUS_DAYS * 96 * 6,
    "hybrid-4h": CONTAGIOUS_DAYS * 6 * 16,
    "hybrid-2h": CONTAGIOUS_DAYS * 12 * 16,
    "gaen": CONTAGIOUS_DAYS * 16,
}
"""Bytes per patient by the text. GAEN is the hybrid design with a window of a day (page 20)."""

REDACTED_BYTES = {"hybrid-4h": 320, "hybrid-2h": 640}
"""Bytes per patient who holds back eight hours of each day."""

TABLE_BYTES = FORMULA_BYTES | {"lowcost": 32}
"""Bytes per patient with which the table was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the table.

    Attributes:
        country: as the paper names it.
        period: "peak", the day with the most cases until then; "2020-05", the day with the most
            cases of 13 to 20 May 2020; "2021", a row that the paper does not have.
        cases: diagnosed patients on that day.
        printed: what the paper prints for a design, "MB" a day for each user.
    """

    country: str
    period: str
    cases: int
    printed: dict[str, str] = field(default_factory=dict)


def _rows(country: str, *rows: tuple[str, int, str]) -> list[Row]:
    designs = ("lowcost", "unlinkable", "hybrid-4h")
    return [
        Row(
            country=country,
            period=period,
            cases=cases,
            printed=dict(zip(designs, printed.split(), strict=True)),
        )
        for period, cases, printed in rows
    ]


TABLE = (
    *_rows("Switzerland", ("peak", 1390, "0.04 3.82 0.64"), ("2020-05", 58, "0.00 0.16 0.03")),
    *_rows("Germany", ("peak", 6294, "0.19 17.29 2.88"), ("2020-05", 933, "0.03 2.56 0.43")),
    *_rows("France", ("peak", 7578, "0.23 20.81 3.47"), ("2020-05", 708, "0.02 1.94 0.32")),
    *_rows("Spain", ("peak", 9181, "0.28 25.22 4.20"), ("2020-05", 849, "0.03 2.33 0.39")),
    *_rows("Italy", ("peak", 6557, "0.20 18.01 3.00"), ("2020-05", 1402, "0.04 3.85 0.64")),
    Row(country="Vietnam", period="2021", cases=16_000),
)
"""The table, and a day of Vietnam's wave of 2021 by the same formulas."""


def recomputed(row: Row, label: str) -> str:
    """Return what the table's own arithmetic gives, to its two decimals."""
    return f"{row.cases * TABLE_BYTES[label] / MIB:.2f}"
