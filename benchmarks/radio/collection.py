"""What lies in a folder of measurements, told by names; nothing is opened but the README."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dp3t.errors import MalformedError

_LOG = re.compile(r"(\d*).*?\.(btsnoop|pklg|(pcap(?:ng)?))(\.gz)?", re.IGNORECASE)
_DEEPEST = 4
"""Levels of folders below the one given in which experiments are looked for."""

_CHECK = re.compile(r"(\d+)-check(\d+)")
_SOLDIER = re.compile(r"\* (\d*)([A-Z][a-z]+)(G[A-Z0-9]+e?)\b")
_IN_CHAMBER = re.compile(r"\s*\* (?:Fixed )?id +(\d+) +\(?(?:Samsung )?([^(),]+)")


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
        unread: logs that are passed over, and why.
    """

    name: str
    logs: Mapping[int, Path]
    tables: Mapping[str, Path]
    cameras: Mapping[str, Path]
    checks: Mapping[int, Mapping[int, Path]]
    short_models: Mapping[int, str]
    unread: Mapping[str, str]

    def camera(self, scenario: str) -> Path | None:
        """Return the archive of a scenario, None where nobody filmed."""
        return self.cameras.get(_theme(scenario))


def find_experiments(folder: Path) -> list[Experiment]:
    """Return the experiments in a folder: the folder itself, or else those below it.

    Raises:
        OSError: the folder cannot be read.
        MalformedError: it holds neither logs nor tables.
    """
    found = list(_experiments(folder, _DEEPEST))
    if not found:
        raise MalformedError(f"{folder} holds neither Bluetooth logs nor tables of scenarios")
    return found


def _experiments(folder: Path, deeper: int) -> Iterator[Experiment]:
    below = sorted(path for path in folder.iterdir() if path.is_dir())
    itself = _experiment(folder)
    if itself is not None:
        yield itself
    elif deeper:
        for path in below:
            yield from _experiments(path, deeper - 1)


def _experiment(folder: Path) -> Experiment | None:
    logs, unread = _logs(folder)
    tables = {path.stem: path for path in sorted(folder.glob("scenario*.sqlite"))}
    if not logs and not tables:
        return None
    return Experiment(
        name=folder.resolve().name,
        logs=logs,
        tables=tables,
        cameras={_theme(path.stem): path for path in sorted(folder.glob("computer-vision/*.zip"))},
        checks=_checks(folder),
        short_models=dict(_models(folder / "README.md")),
        unread=unread,
    )


def _logs(folder: Path) -> tuple[dict[int, Path], dict[str, str]]:
    """Return the logs by phone, and why the others are none."""
    logs: dict[int, Path] = {}
    unread = {}
    for path in sorted((*folder.glob("*"), *folder.glob("pcaps/*"))):
        named = _LOG.fullmatch(path.name)
        if named is None or not path.is_file():
            continue
        file = path.relative_to(folder).as_posix()
        if named[3]:
            unread[file] = "it is neither BTSnoop nor PacketLogger"
        elif not named[1]:
            unread[file] = "its name does not begin with the number of a phone"
        elif not path.stat().st_size:
            unread[file] = "it is empty"
        elif int(named[1]) in logs:
            unread[file] = f"{logs[int(named[1])].name} is read for this phone"
        else:
            logs[int(named[1])] = path
    return dict(sorted(logs.items())), unread


def _theme(name: str) -> str:
    """Return `lunch` of `scenario01-lunch` and of `0_lunch`."""
    return re.sub(r"^(scenario)?\d*[-_]", "", name)


def _checks(folder: Path) -> dict[int, dict[int, Path]]:
    checks: dict[int, dict[int, Path]] = {}
    for path in sorted(folder.glob("backend-checks/*.json")):
        if named := _CHECK.fullmatch(path.stem):
            checks.setdefault(int(named[2]), {})[int(named[1])] = path
    return checks


def _models(readme: Path) -> Iterator[tuple[int, str]]:
    """Yield phone and model of a README's list; a soldier without a number follows the last."""
    phone = 0
    lines = readme.read_text(encoding="utf-8", errors="replace") if readme.exists() else ""
    for line in lines.splitlines():
        if named := _SOLDIER.match(line):
            phone = int(named[1]) if named[1] else phone + 1
            yield phone, named[3]
        elif named := _IN_CHAMBER.match(line):
            yield int(named[1]), named[2].strip()
