"""Cases of the exposure chapter: attenuation, calibrations, configurations, and who is warned."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace

from dp3t.errors import MalformedError
from dp3t.proximity.advertisement import Metadata
from dp3t.proximity.designs import design_named
from dp3t.proximity.exposure.assessment import assess
from dp3t.proximity.exposure.calibration import UNCALIBRATED, Calibration, calibration_table
from dp3t.proximity.exposure.configuration_file import load_configuration
from dp3t.proximity.exposure.presets import PRESETS
from dp3t.proximity.interface import Match
from dp3t.proximity.observations import NO_PERIOD, Kept, Observation, Sighting
from dp3t.publication.records import KeyRecord
from dp3t.timeline import Day, Slot

Case = dict[str, object]
Heard = list[tuple[int, int]]
Said = tuple[int, int, int, int]

_TODAY = Day(18_400)
_POWER = -20
_HEADER = "model,tx_power_dbm,rx_correction_db,confidence\n"

_TABLES = {
    "csv": _HEADER + 'Pixel 4,-24,5,high\n"SM-G960F, dual",,-3,medium\n',
    "toml": '["Pixel 4"]\ntx_power_dbm = -24\nrx_correction_db = 5\nconfidence = "high"\n',
    "toml-nothing-said": "[unknown]\n",
}
_FAULTY_TABLES = {
    "empty": "",
    "header-alone": _HEADER,
    "another-header": "model,tx,rx,confidence\na,0,0,low\n",
    "three-columns": _HEADER + "a,0,0\n",
    "unknown-confidence": _HEADER + "a,0,0,sure\n",
    "fraction": _HEADER + "a,1.5,0,low\n",
    "no-correction": _HEADER + "a,0,,low\n",
    "power-of-128": _HEADER + "a,128,0,low\n",
    "model-twice": _HEADER + "a,0,0,low\na,0,0,low\n",
    "model-of-65-characters": _HEADER + "a" * 65 + ",0,0,low\n",
    "toml-unknown-field": "[a]\ntx = 0\n",
    "toml-text-for-a-number": '[a]\nrx_correction_db = "1"\n',
}
_CONFIGURATIONS = {
    **{f"preset-{name}": f'preset = "{name}"\n' for name in PRESETS},
    "look-back": 'preset = "swisscovid"\nlook_back_days = 9\n',
    "thresholds": 'preset = "dp3t"\nsource = "ours"\n[dp3t]\nthresholds_db = [51, 56]\n',
    "nested": 'preset = "gaen-v2"\n[gaen-v2.summaries]\ndrop_uninfectious = true\n',
}
_FAULTY_CONFIGURATIONS = {
    "no-preset": "look_back_days = 9\n",
    "unknown-preset": 'preset = "gaen-v3"\n',
    "unknown-field": 'preset = "dp3t"\nlookback = 9\n',
    "reserved-weight": 'preset = "gaen-v1"\n[gaen-v1]\nattenuation_weight = 50\n',
    "table-of-another-algorithm": 'preset = "dp3t"\n[cwa]\n',
    "fraction-for-an-integer": 'preset = "dp3t"\nlook_back_days = 9.5\n',
    "look-back-of-64-days": 'preset = "dp3t"\nlook_back_days = 64\n',
    "score-of-0": 'preset = "dp3t"\nnotify_at = 0\n',
    "thresholds-that-descend": 'preset = "dp3t"\n[dp3t]\nthresholds_db = [55, 50]\n',
    "weight-above-2.5": 'preset = "gaen-v2"\n[gaen-v2.summaries]\nbucket_weights = [3, 1, 1, 1]\n',
}

# name: RSSI, the sender's power, the calibration's power, the correction
_ATTENUATIONS: dict[str, tuple[int, int | None, int | None, int]] = {
    "sender-tells": (-70, -20, None, 0),
    "corrected": (-70, -20, None, 5),
    "corrected-down": (-70, -20, None, -3),
    "the-senders-power-goes-first": (-70, -20, 10, 0),
    "the-calibrations-power": (-70, None, -24, 5),
    "nobody-tells": (-70, None, None, 5),
    "never-below-0": (-10, -20, None, 0),
    "never-above-255": (-128, 127, None, -1),
}


def _near(minutes: int, db: int = 40) -> Heard:
    return [(at, db) for at in range(0, 60 * minutes, 300)]


# name: matches as (day less today, slot of the day, power or null, sightings), preset, clauses
_DAYS: dict[str, tuple[list[tuple[int, int, int | None, Heard]], str, list[str]]] = {
    **{
        f"half-an-hour-{name}": ([(0, 3, _POWER, _near(30))], name, ["EXPOSURE-11"])
        for name in PRESETS
    },
    "nobody": ([], "dp3t", ["EXPOSURE-11"]),
    "a-second-less-than-15-minutes": (
        [(0, 3, _POWER, [(0, 40), (300, 40), (599, 40)])], "dp3t", ["EXPOSURE-12"],
    ),
    "15-minutes": ([(0, 3, _POWER, _near(15))], "dp3t", ["EXPOSURE-12"]),
    "two-senders-of-a-day": (
        [(0, 3, _POWER, _near(10)), (0, 7, _POWER, _near(5))], "dp3t", ["EXPOSURE-11"],
    ),
    "two-days": (
        [(0, 3, _POWER, _near(10)), (-1, 7, _POWER, _near(5))], "dp3t", ["EXPOSURE-11"],
    ),
    "ten-and-eleven-days-ago": (
        [(-10, 3, _POWER, _near(15)), (-11, 3, _POWER, _near(15))], "swisscovid", ["EXPOSURE-11"],
    ),
    "no-power": ([(0, 3, None, _near(30))], "cwa", ["EXPOSURE-5"]),
    **{
        f"listening-all-the-time-{name}": (
            [(0, 3, _POWER, [(at, 40) for at in range(0, 900, 10)])], name, ["EXPOSURE-10"],
        )
        for name in ("dp3t", "cwa")
    },
    "offsets-count-from-the-first": (
        [(0, 3, _POWER, [(at + 59, db) for at, db in _near(15)])], "cwa", ["EXPOSURE-10"],
    ),
}  # fmt: skip


_MIDNIGHT = 144 * (_TODAY - 1)
_CONFIRMED = (_MIDNIGHT, 144, 1, 0)

# name: sightings of each match by (slot of the day, number of the key, attributes), rule, clauses
_KEYS: dict[str, tuple[list[tuple[int, int, Said, Heard]], str, list[str]]] = {
    **{
        f"four-identifiers-of-one-key-{name}": (
            [
                (3, 1, _CONFIRMED, [(at, 40) for at in range(first, first + 600, 150)])
                for first in range(30, 2430, 600)
            ],
            name,
            ["EXPOSURE-16"],
        )
        for name in PRESETS
    },
    "over-the-end-of-a-slot": (
        [
            (3, 1, _CONFIRMED, [(6615, 60), (6900, 62)]),
            (4, 1, _CONFIRMED, [(10, 61), (290, 64)]),
        ],
        "gaen-v2", ["EXPOSURE-16"],
    ),
    "minutes-of-the-clock": (
        [(3, 1, _CONFIRMED, [(59, 40), (60 + 179, 40), (300 + 119, 40)])], "cwa", ["EXPOSURE-16"],
    ),
    "two-keys-at-once": (
        [(3, key, _CONFIRMED, _near(20)) for key in (1, 2)], "cwa", ["EXPOSURE-16"],
    ),
    "self-report": ([(3, 1, (_MIDNIGHT, 144, 3, 0), _near(30))], "cwa", ["EXPOSURE-16"]),
    "nine-days-after-onset": (
        [(3, 1, (_MIDNIGHT, 144, 1, 9), _near(30))], "gaen-v2", ["EXPOSURE-16"],
    ),
    "report-type-and-onset-not-told": (
        [(3, 1, (_MIDNIGHT, 144, 0, 127), _near(30))], "cwa", ["EXPOSURE-15"],
    ),
    "revoked": ([(3, 1, (_MIDNIGHT, 144, 5, 0), _near(30))], "cwa", ["MATCHING-9"]),
    "revoked-in-one-sighting": (
        [(3, 1, _CONFIRMED, _near(30)), (4, 1, (_MIDNIGHT, 144, 5, 0), _near(30))],
        "dp3t", ["MATCHING-9"],
    ),
}  # fmt: skip


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["EXPOSURE-11"],
        "source": "ours; presets from the sources that they name; scores derived again by "
        "tests/oracle_scoring.py",
        "cases": [
            *_attenuations(),
            *_texts("calibration", "EXPOSURE-6", _TABLES, _read_table),
            *_faulty("calibration", "EXPOSURE-7", _FAULTY_TABLES, _read_table),
            *_texts("configuration", "EXPOSURE-8", _CONFIGURATIONS, _read_configuration),
            *_faulty("configuration", "EXPOSURE-9", _FAULTY_CONFIGURATIONS, _read_configuration),
            *_assessments(),
            *_assessments_of_keys(),
        ],
    }


def _attenuations() -> Iterator[Case]:
    for name, (rssi, sender, own, correction) in _ATTENUATIONS.items():
        calibration = Calibration(tx_power_dbm=own, rx_correction_db=correction)
        yield {
            "id": f"attenuation-{name}",
            "operation": "attenuation",
            "spec": ["EXPOSURE-4", "EXPOSURE-5"],
            "result": "valid",
            "rssi_dbm": rssi,
            "tx_power_dbm": sender,
            "calibration": {"tx_power_dbm": own, "rx_correction_db": correction},
            "attenuation_db": calibration.attenuation_db(rssi, tx_power_dbm=sender),
        }


def _read_table(text: str) -> object:
    return {
        model: {**asdict(each), "confidence": each.confidence.name.lower()}
        for model, each in calibration_table(text).items()
    }


def _read_configuration(text: str) -> object:
    found = load_configuration(text)
    return {"algorithm": found.algorithm, **asdict(found)}


def _texts(
    operation: str, clause: str, texts: dict[str, str], read: Callable[[str], object]
) -> Iterator[Case]:
    for name, text in texts.items():
        yield {**_text(operation, clause, name, text, "valid"), "value": read(text)}


def _faulty(
    operation: str, clause: str, texts: dict[str, str], read: Callable[[str], object]
) -> Iterator[Case]:
    for name, text in texts.items():
        try:
            read(text)
        except MalformedError:
            yield _text(operation, clause, name, text, "malformed")
        else:
            raise ValueError(f"{name} is read")


def _text(operation: str, clause: str, name: str, text: str, result: str) -> Case:
    return {
        "id": f"{operation}-{name}",
        "operation": operation,
        "spec": [clause],
        "result": result,
        "text": text,
    }


def _assessments() -> Iterator[Case]:
    for name, (described, preset, clauses) in _DAYS.items():
        matches: list[Case] = [
            {
                "slot": (_TODAY + age) * 12 + slot,
                "tx_power_dbm": power,
                "sightings": [[at, _POWER - db] for at, db in heard],
            }
            for age, slot, power, heard in described
        ]
        found = assess(
            [_match(*each) for each in described],
            design=design_named("lowcost"),
            configuration=PRESETS[preset],
            calibration=UNCALIBRATED,
            today=_TODAY,
        )
        yield {
            "id": f"assess-{name}",
            "operation": "assess",
            "spec": clauses,
            "result": "valid",
            "preset": preset,
            "today": _TODAY,
            "matches": matches,
            "days": [asdict(each) for each in found],
        }


def _assessments_of_keys() -> Iterator[Case]:
    """A day of GAEN, yesterday, of which the keys are known."""
    for name, (described, preset, clauses) in _KEYS.items():
        matches = [
            replace(
                _match(-1, slot, _POWER, heard), key=KeyRecord(attributes, bytes([number]) * 16)
            )
            for slot, number, attributes, heard in described
        ]
        found = assess(
            matches, design=design_named("gaen"), configuration=PRESETS[preset], today=_TODAY
        )
        yield {
            "id": f"assess-key-{name}",
            "operation": "assess-keys",
            "spec": clauses,
            "result": "valid",
            "preset": preset,
            "today": _TODAY,
            "matches": [
                {
                    "slot": (_TODAY - 1) * 12 + slot,
                    "tx_power_dbm": _POWER,
                    "sightings": [[at, _POWER - db] for at, db in heard],
                    "attributes": list(attributes),
                    "key": (bytes([number]) * 16).hex(),
                }
                for slot, number, attributes, heard in described
            ],
            "days": [asdict(each) for each in found],
        }


def _match(age: int, slot: int, power: int | None, heard: Heard) -> Match:
    return Match(
        observation=Observation(
            kept=Kept(bytes(16), NO_PERIOD, b""),
            slot=Slot((_TODAY + age) * 12 + slot),
            coarse=False,
            sightings=tuple(Sighting(at, _POWER - db) for at, db in heard),
        ),
        metadata=None if power is None else Metadata(tx_power_dbm=power),
    )
