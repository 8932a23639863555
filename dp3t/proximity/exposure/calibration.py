"""What a model of phone adds to a signal: corrections as data, and the attenuation they give."""

import csv
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from dp3t.errors import LimitError, MalformedError

MAX_ATTENUATION_DB = 255
MAX_TABLE_CHARACTERS = 2**22
MAX_MODEL_CHARACTERS = 64
COLUMNS = ("model", "tx_power_dbm", "rx_correction_db", "confidence")


class CalibrationConfidence(IntEnum):
    """How well a model was measured; the number is what stands in metadata."""

    LOWEST = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The radio of one model of phone.

    Attributes:
        tx_power_dbm: its transmit power, -128 to 127, also taken for a sender that tells none; None
            where it is not known.
        rx_correction_db: what is added to each received strength, -128 to 127.
        confidence: how well this was measured.

    Raises:
        ValueError: a value outside its range.
    """

    tx_power_dbm: int | None = None
    rx_correction_db: int = 0
    confidence: CalibrationConfidence = CalibrationConfidence.LOWEST

    def __post_init__(self) -> None:
        for value in (self.tx_power_dbm, self.rx_correction_db):
            if value is not None and not -128 <= value <= 127:
                raise ValueError("powers and corrections lie between -128 and 127")

    def attenuation_db(self, rssi_dbm: int, *, tx_power_dbm: int | None) -> int | None:
        """Return transmit power less corrected strength, 0 to 255 [EXPOSURE-4].

        Args:
            rssi_dbm: as this model's radio says.
            tx_power_dbm: what the sender tells of itself; None where it tells nothing.

        Returns:
            None where neither the sender nor the calibration gives a transmit power [EXPOSURE-5].
        """
        power = self.tx_power_dbm if tx_power_dbm is None else tx_power_dbm
        if power is None:
            return None
        return min(max(power - (rssi_dbm + self.rx_correction_db), 0), MAX_ATTENUATION_DB)


UNCALIBRATED = Calibration()
"""A model of which nothing is known: strengths stand as they are."""


def calibration_table(text: str) -> Mapping[str, Calibration]:
    """Return the calibrations in a text, by model [EXPOSURE-6] [EXPOSURE-7].

    Args:
        text: comma-separated, its first line `model,tx_power_dbm,rx_correction_db,confidence`; or
            TOML with a table for each model. A confidence is a word, an unknown power is left out.

    Raises:
        LimitError: longer than 4,194,304 characters.
        MalformedError: anything else that is not such a text; a model that stands there twice; no
            model.
    """
    if len(text) > MAX_TABLE_CHARACTERS:
        raise LimitError(f"a calibration table has at most {MAX_TABLE_CHARACTERS} characters")
    rows = _csv_rows(text) if _is_csv(text) else _toml_rows(text)
    table: dict[str, Calibration] = {}
    for model, row in rows:
        if not 1 <= len(model) <= MAX_MODEL_CHARACTERS:
            raise MalformedError(f"a model has a name of 1 to {MAX_MODEL_CHARACTERS} characters")
        if model in table:
            raise MalformedError(f"the model {model!r} stands twice in the calibration table")
        table[model] = _calibration(model, row)
    if not table:
        raise MalformedError("the calibration table names no model")
    return table


def _is_csv(text: str) -> bool:
    return text.lstrip("\ufeff").partition("\n")[0].strip().split(",") == list(COLUMNS)


def _csv_rows(text: str) -> Iterable[tuple[str, dict[str, Any]]]:
    lines = text.lstrip("\ufeff").splitlines()[1:]
    try:
        reader = csv.reader(lines, strict=True)
        rows = [(1 + reader.line_num, row) for row in reader]
    except csv.Error:
        raise MalformedError("the calibration table is not comma-separated text") from None
    for line, row in rows:
        if not row:
            continue
        if len(row) != len(COLUMNS):
            raise MalformedError(f"line {line} of the table has {len(row)} columns, not 4")
        model, power, correction, confidence = (cell.strip() for cell in row)
        fields: dict[str, Any] = {"rx_correction_db": _whole(correction), "confidence": confidence}
        if power:
            fields["tx_power_dbm"] = _whole(power)
        yield model, fields


def _whole(cell: str) -> int | str:
    """Return a cell as a number where it is one; what it is not, is refused later."""
    digits = cell.removeprefix("-")
    return int(cell) if digits.isascii() and digits.isdigit() and len(digits) < 6 else cell


def _toml_rows(text: str) -> Iterable[tuple[str, dict[str, Any]]]:
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError):
        raise MalformedError(
            "the calibration table is neither TOML nor begins with the line " + ",".join(COLUMNS)
        ) from None
    for model, row in tables.items():
        if not isinstance(row, dict) or not set(row) <= set(COLUMNS[1:]):
            raise MalformedError(
                f"the calibration of {model!r} has other fields than {COLUMNS[1:]}"
            )
        yield model, row


def _calibration(model: str, row: Mapping[str, Any]) -> Calibration:
    power, correction = row.get("tx_power_dbm"), row.get("rx_correction_db", 0)
    word = row.get("confidence", "lowest")
    names = {level.name.lower(): level for level in CalibrationConfidence}
    if not isinstance(word, str) or word not in names:
        raise MalformedError(f"the confidence of {model!r} is none of {', '.join(names)}")
    for value in (power, correction):
        if value is not None and type(value) is not int:
            raise MalformedError(f"a power or correction of {model!r} is not a whole number")
    try:
        return Calibration(tx_power_dbm=power, rx_correction_db=correction, confidence=names[word])
    except ValueError as error:
        raise MalformedError(f"{model!r}: {error}") from None
