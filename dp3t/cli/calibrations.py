"""Calibrations by name: those the terminal knows, and those of a table in a file."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from dp3t.cli.files import naming
from dp3t.errors import LimitError, MalformedError
from dp3t.proximity.exposure.calibration import (
    MAX_TABLE_CHARACTERS,
    Calibration,
    CalibrationConfidence,
    calibration_table,
)

KNOWN: Mapping[str, Calibration] = MappingProxyType(
    {
        "SM-G973F": Calibration(
            tx_power_dbm=-24, rx_correction_db=-3, confidence=CalibrationConfidence.MEDIUM
        ),
    }
)
"""The Galaxy S10: with it the windows of two of them agree with Google's; see benchmarks/README."""


def named_calibration(name: str, table: Path | None) -> Calibration:
    """Return the calibration of a model.

    Args:
        name: the model.
        table: a file as `calibration_table` reads it; None for the calibrations known here.

    Raises:
        OSError: the file cannot be read.
        MalformedError: it is no such table, or no model has that name.
        LimitError: it is too large.
    """
    calibrations = KNOWN if table is None else _read(table)
    if name not in calibrations:
        where = "" if table is None else f" in {table}"
        known = ", ".join(sorted(calibrations))
        raise MalformedError(f"no calibration is named {name!r}{where}; there are: {known}")
    return calibrations[name]


def _read(path: Path) -> Mapping[str, Calibration]:
    with path.open("rb") as file, naming(path):
        data = file.read(4 * MAX_TABLE_CHARACTERS + 1)
        if len(data) > 4 * MAX_TABLE_CHARACTERS:
            raise LimitError(f"a calibration table has at most {MAX_TABLE_CHARACTERS} characters")
        try:
            return calibration_table(data.decode())
        except UnicodeDecodeError:
            raise MalformedError("the calibration table is not UTF-8") from None
