"""What attenuation is worth: real captures of phones, joined with where cameras saw their owners.

    python -m benchmarks.radio DATA_DIR [--json]

DATA_DIR holds experiments of the DP-3T Bluetooth measurements: raw logs of phones, sqlite tables of
sightings, films, and windows that Google's phones computed. Any part of the collection will do, and
any part may be missing. Printed are counts for each log; sightings built again from raw captures,
beside the tables; precision and recall of "attenuation at most T, so within D metres"; identifiers
that outlived an address.

`--figures DIR` writes attenuation against distance, precision against recall, and the timeline of a
contact, labelled in the reader's language (`DP3T_LANG`).

The experimenters' scripts had defects, which are avoided here; `--reproduce NAME` brings one back.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.radio.attenuation import DEFECTS, Radio, uniform
from benchmarks.radio.document import document
from benchmarks.radio.measuring import Measured, Question, measure
from benchmarks.radio.tables import tables
from dp3t.cli.boundary import NotInstalledError
from dp3t.cli.files import naming
from dp3t.errors import Dp3tError
from dp3t.proximity.exposure.calibration import calibration_table

_DESCRIPTION = "What attenuation is worth, on real captures of phones."
_TX_POWER_DBM = -24
_RX_CORRECTIONS_DB = (5, -3)
"""Of the phones of the soldiers' experiment, as the two published evaluations took them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the results; return 2 where the folder cannot be read."""
    options = _parser().parse_args(arguments)
    try:
        question = Question(
            radios=_radios(options),
            thresholds_db=options.threshold,
            distances_m=options.distance,
            reproduced=frozenset(options.reproduce),
        )
        measured = list(measure(options.folder, question))
        results = document(question, measured)
        if options.figures is not None:
            results["figures"] = _figures(measured, question, options.figures)
    except (Dp3tError, OSError) as error:
        sys.stderr.write(f"radio: {error}\n")
        return 2
    if options.json:
        sys.stdout.write(json.dumps(results, indent=2) + "\n")
    else:
        console = Console()
        for table in tables(results):
            console.print(table, "", markup=False, highlight=False)
        for path in results.get("figures", ()):
            console.print(path, soft_wrap=True, highlight=False)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.radio", description=_DESCRIPTION)
    parser.add_argument(
        "folder", metavar="DATA_DIR", type=Path, help="one experiment, or any folder of several"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--figures", metavar="DIR", type=Path, help="write PNG figures there")
    parser.add_argument(
        "--threshold", metavar="DB", type=int, nargs="+", default=[55, 63], help="attenuations"
    )
    parser.add_argument(
        "--distance", metavar="M", type=float, nargs="+", default=[2.0], help="distances"
    )
    parser.add_argument(
        "--tx", metavar="DBM", type=int, default=_TX_POWER_DBM, help="transmit power of all phones"
    )
    parser.add_argument(
        "--rx",
        metavar="DB",
        type=int,
        nargs="+",
        default=_RX_CORRECTIONS_DB,
        help="corrections of what all phones receive",
    )
    parser.add_argument(
        "--calibration", metavar="FILE", type=Path, help="powers and corrections by model"
    )
    parser.add_argument(
        "--reproduce",
        metavar="NAME",
        choices=DEFECTS,
        nargs="+",
        default=[],
        help="; ".join(f"{name}: {what}" for name, what in DEFECTS.items()),
    )
    return parser


def _figures(measured: Sequence[Measured], question: Question, folder: Path) -> list[str]:
    try:
        from benchmarks.radio.figures.writing import write_figures
    except ModuleNotFoundError as error:
        raise NotInstalledError(error.name, extra="plots") from None
    folder.mkdir(parents=True, exist_ok=True)
    return [str(path) for each in measured for path in write_figures(each, question, folder)]


def _radios(options: argparse.Namespace) -> list[Radio]:
    try:
        radios = [uniform(options.tx, rx_correction_db) for rx_correction_db in options.rx]
    except ValueError as error:
        raise Dp3tError(str(error)) from None
    if options.calibration is not None:
        with naming(options.calibration):
            table = calibration_table(options.calibration.read_text(encoding="utf-8"))
        radios.append(Radio(name=f"by model, {options.calibration.name}", by_model=table))
    return radios


if __name__ == "__main__":
    raise SystemExit(main())
