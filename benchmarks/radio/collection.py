"""What lies in a folder of measurements, told by names; nothing is opened but the README."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dp3t.errors import MalformedError

_LOG_SUFFIXES = (".btsnoop", ".pklg")
_CHECK = re.compile(r"(\d+)-check(\d+)")
_SOLDIER = re.compile(r"\* (\d*)([A-Z][a-z]+)(G[A-Z0-9]+e?)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """The files of one experiment.

    Attributes:
        name: of its folder.
        logs: Bluetooth logs by phone.
        tables: sqlite tables by scenario, in the order of their names.
        cameras: archives of places by theme, such as `lunch`.
        checks: files with windows that Google computed, by receiver and then by sender.
        short_models: the models as the README abbreviates them, by phone.
    """

    name: str
    logs: Mapping[int, Path]
    tables: Mapping[str, Path]
    cameras: Mapping[str, Path]
    checks: Mapping[int, Mapping[int, Path]]
    short_models: Mapping[int, str]

    def camera(self, scenario: str) -> Path | None:
        """Return the archive of a scenario, None where nobody filmed."""
        return self.cameras.get(_theme(scenario))


def find_experiments(folder: Path) -> list[Experiment]:
    """Return the experiments in a folder: the folder itself, or those one level below.

    Raises:
        OSError: the folder cannot be read.
        MalformedError: it holds neither logs nor tables.
    """
    itself = _experiment(folder)
    if itself is not None:
        return [itself]
    below = sorted(path for path in folder.iterdir() if path.is_dir())
    found = [each for path in below if (each := _experiment(path)) is not None]
    if not found:
        raise MalformedError(f"{folder} holds neither Bluetooth logs nor tables of scenarios")
    return found


def _experiment(folder: Path) -> Experiment | None:
    logs = {
        int(path.stem): path
        for path in sorted((*folder.glob("*"), *folder.glob("pcaps/*")))
        if path.suffix in _LOG_SUFFIXES and path.stem.isdecimal()
    }
    tables = {path.stem: path for path in sorted(folder.glob("scenario*.sqlite"))}
    if not logs and not tables:
        return None
    return Experiment(
        name=folder.resolve().name,
        logs=logs,
        tables=tables,
        cameras={_theme(path.stem): path for path in sorted(folder.glob("computer-vision/*.zip"))},
        checks=_checks(folder),
        short_models=dict(_soldiers(folder / "README.md")),
    )


def _theme(name: str) -> str:
    """Return `lunch` of `scenario01-lunch` and of `0_lunch`."""
    return re.sub(r"^(scenario)?\d*[-_]", "", name)


def _checks(folder: Path) -> dict[int, dict[int, Path]]:
    checks: dict[int, dict[int, Path]] = {}
    for path in sorted(folder.glob("backend-checks/*.json")):
        if named := _CHECK.fullmatch(path.stem):
            checks.setdefault(int(named[2]), {})[int(named[1])] = path
    return checks


def _soldiers(readme: Path) -> Iterator[tuple[int, str]]:
    """Yield phone and model of a README's list; one without a number follows the one before."""
    phone = 0
    for line in readme.read_text(encoding="utf-8").splitlines() if readme.exists() else ():
        if named := _SOLDIER.match(line):
            phone = int(named[1]) if named[1] else phone + 1
            yield phone, named[3]
