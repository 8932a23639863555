"""Everything that is measured, from a folder to results."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.radio.addresses import Outlived, outlived
from benchmarks.radio.attenuation import Heard, Radio, points
from benchmarks.radio.camera import read_camera
from benchmarks.radio.checks import Check, check_windows
from benchmarks.radio.collection import Experiment, find_experiments
from benchmarks.radio.logs import PhoneLog, read_logs
from benchmarks.radio.precision import Outcome, judge
from benchmarks.radio.rebuilding import Rebuilt, rebuild, window_us
from benchmarks.radio.table import Row, models, read_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of the data.

    Attributes:
        radios: ways from strength to attenuation.
        thresholds_db: attenuations at or below which a sighting is called near.
        distances_m: distances at or below which a pair was near.
        reproduced: the defects to reproduce, of `attenuation.DEFECTS`.
    """

    radios: Sequence[Radio]
    thresholds_db: Sequence[int]
    distances_m: Sequence[float]
    reproduced: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One outcome, of which sightings and by which radio."""

    source: str
    radio: Radio
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What a scenario gave.

    Attributes:
        name: of its table.
        table: the sightings of the table.
        captures: the sightings found in the raw captures, with our own distances.
        rebuilt: how the two agree; None without logs.
        judged: an outcome for each source, radio, threshold and distance.
    """

    name: str
    table: Sequence[Heard]
    captures: Sequence[Heard]
    rebuilt: Rebuilt | None
    judged: Sequence[Judged]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What is not there of an experiment, as far as its other files tell.

    Attributes:
        logs: phones that the tables name and that have no log.
        films: scenarios at which distances changed and that have no film.
        tables: themes of films that belong to no table.
    """

    logs: Sequence[int]
    films: Sequence[str]
    tables: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What an experiment gave.

    Attributes:
        experiment: its files.
        logs: its logs by phone.
        scenarios: by the order of their names.
        checks: our exposure windows beside Google's.
        outlived: identifiers heard under several addresses.
        missing: what is not there.
    """

    experiment: Experiment
    logs: Mapping[int, PhoneLog]
    scenarios: Sequence[Scenario]
    checks: Sequence[Check]
    outlived: Sequence[Outlived]
    missing: Missing


def measure(folder: Path, question: Question) -> Iterator[Measured]:
    """Yield the results of each experiment in a folder.

    Raises:
        OSError: a file cannot be read.
        MalformedError: a file is not what its name says.
    """
    for experiment in find_experiments(folder):
        tables = {name: read_table(path) for name, path in experiment.tables.items()}
        logs = read_logs(experiment.logs, [row for rows in tables.values() for row in rows])
        phone_models = models(tables.values(), experiment.short_models)
        yield Measured(
            experiment=experiment,
            logs=logs,
            scenarios=[
                _scenario(name, rows, experiment, logs, phone_models, question)
                for name, rows in tables.items()
            ],
            checks=check_windows(experiment, logs),
            outlived=outlived(logs),
            missing=_missing(experiment, tables),
        )


def _missing(experiment: Experiment, tables: Mapping[str, Sequence[Row]]) -> Missing:
    sightings = [row.sighting for rows in tables.values() for row in rows]
    named = {phone for each in sightings for phone in (each.receiver, each.sender)}
    changing = {
        name for name, rows in tables.items() if len({row.distance_m for row in rows} - {None}) > 1
    }
    filmed = {experiment.camera(name) for name in tables}
    return Missing(
        logs=sorted(named - experiment.logs.keys()),
        films=sorted(name for name in changing if experiment.camera(name) is None),
        tables=[theme for theme, film in experiment.cameras.items() if film not in filmed],
    )


def _scenario(
    name: str,
    rows: Sequence[Row],
    experiment: Experiment,
    logs: Mapping[int, PhoneLog],
    phone_models: Mapping[int, str],
    question: Question,
) -> Scenario:
    rebuilt = _rebuilt(name, rows, experiment, logs) if logs and rows else None
    table = list(_of_table(rows, phone_models, question))
    captures = list(_of_captures(rebuilt, phone_models, question)) if rebuilt else []
    judged = [
        *_judged("table", table, question),
        *(_judged("captures", captures, question) if captures else ()),
    ]
    return Scenario(name=name, table=table, captures=captures, rebuilt=rebuilt, judged=judged)


def _rebuilt(
    name: str, rows: Sequence[Row], experiment: Experiment, logs: Mapping[int, PhoneLog]
) -> Rebuilt:
    film = experiment.camera(name)
    camera = read_camera(film, (row.sighting.at_us for row in rows)) if film else None
    return rebuild(logs, rows, camera, window_us(experiment.name, name, camera, rows))


def _of_table(
    rows: Sequence[Row], phone_models: Mapping[int, str], question: Question
) -> Iterator[Heard]:
    as_written = "receiver-model" in question.reproduced
    for row in rows:
        known = phone_models.get(row.sighting.sender, row.sender_model)
        yield Heard(
            rssi_dbm=row.sighting.rssi_dbm,
            distance_m=row.distance_m,
            receiver_model=row.receiver_model,
            sender_model=row.sender_model if as_written else known,
        )


def _of_captures(
    rebuilt: Rebuilt, phone_models: Mapping[int, str], question: Question
) -> Iterator[Heard]:
    dropped = "dropped-identifiers" in question.reproduced
    for sighting, distance_m in rebuilt.published if dropped else rebuilt.complete:
        receiver_model = phone_models.get(sighting.receiver, "")
        known = phone_models.get(sighting.sender, "")
        yield Heard(
            rssi_dbm=sighting.rssi_dbm,
            distance_m=distance_m,
            receiver_model=receiver_model,
            sender_model=receiver_model if "receiver-model" in question.reproduced else known,
        )


def _judged(source: str, heard: Sequence[Heard], question: Question) -> Iterator[Judged]:
    for radio in question.radios:
        known = points(heard, radio, question.reproduced)
        for distance_m in question.distances_m if known else ():
            for threshold_db in question.thresholds_db:
                outcome = judge(
                    known,
                    threshold_db=threshold_db,
                    distance_m=distance_m,
                    limit_twice="limit-twice" in question.reproduced,
                )
                yield Judged(source=source, radio=radio, outcome=outcome)
