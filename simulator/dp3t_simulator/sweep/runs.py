"""One finished run of a sweep, and the small file it is kept in."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from string import ascii_letters, digits
from typing import Any

import dp3t_simulator
from dp3t.primitives import sha256
from dp3t_simulator.result import Result
from dp3t_simulator.sweep.plan import Choice, Task, scenario_hash

FORMAT = "dp3t-sim run 1"
_OUTSIDE = ("cli", "sweep", "__pycache__")
"""Folders of the package that no run depends on."""

_PLAIN = frozenset(ascii_letters + digits + ".=-")
"""What names of files are made of."""

Numbers = Mapping[str, list[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What is kept of a run.

    Attributes:
        version: of the code that made it; see `code_version`.
        scenario: what it is determined by; see `Task.scenario_hash`.
        without: the same of the run without app and check-in; None where it is that.
        label: what the run is called.
        settings: values by path, as text.
        seed: of all its luck.
        summary: the fields of `Summary`; those that need the run without the app are None.
        daily: the columns of the table of days.
    """

    version: str
    scenario: str
    without: str | None
    label: str
    settings: Mapping[str, str]
    seed: int
    summary: Mapping[str, Any]
    daily: Numbers

    @classmethod
    def of(cls, result: Result, choice: Choice) -> "Run":
        """Return what is kept of a result."""
        return cls(
            version=code_version(),
            scenario=scenario_hash(choice.scenario),
            without=scenario_hash(choice.without) if choice.without else None,
            label=choice.label,
            settings=dict(choice.settings),
            seed=result.seed,
            summary=asdict(result.summary),
            daily={name: column.tolist() for name, column in result.daily.items()},
        )

    def encode(self) -> str:
        """Return the run as a line of JSON."""
        return json.dumps({"format": FORMAT, **asdict(self)}, separators=(",", ":")) + "\n"

    @classmethod
    def decode(cls, text: str) -> "Run | None":
        """Return the run of a file; None if it holds none."""
        try:
            document = json.loads(text)
            if document.pop("format") != FORMAT:
                return None
            return cls(**document)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None


@cache
def code_version() -> str:
    """Return the version of the package and a hash of the code and data that decide results."""
    folder = Path(dp3t_simulator.__file__).parent
    found = []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.suffix in (".py", ".toml") and inside.parts[0] not in _OUTSIDE:
            found.append(f"{inside.as_posix()} {sha256(path.read_bytes()).hex()}")
    return f"{version('dp3t')}+{sha256(chr(10).join(found).encode()).hex()[:12]}"


def file_name(task: Task) -> str:
    """Return the name of a run's file: settings, seed, and a hash of scenario and version."""
    plain = "".join(each if each in _PLAIN else "_" for each in task.label)
    determined = f"{task.scenario_hash} {task.seed} {code_version()}"
    return f"{plain[:120]}.seed-{task.seed}.{sha256(determined.encode()).hex()[:12]}.json"


class RunFiles:
    """The finished runs of a folder [SWEEP-3].

    Args:
        folder: made when the first run is kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, task: Task) -> Run | None:
        """Return a finished run; None if it is not there whole."""
        try:
            run = Run.decode((self.folder / file_name(task)).read_text(encoding="utf-8"))
        except (FileNotFoundError, UnicodeDecodeError):
            return None
        wanted = (task.scenario_hash, task.seed, code_version())
        return run if run and (run.scenario, run.seed, run.version) == wanted else None

    def all(self) -> list[Run]:
        """Return every finished run, by name of its file.

        Raises:
            OSError: the folder cannot be read.
        """
        texts = (path.read_text(encoding="utf-8") for path in sorted(self.folder.glob("*.json")))
        return [run for text in texts if (run := Run.decode(text))]

    def keep(self, task: Task, run: Run) -> None:
        """Write a finished run; whatever happens meanwhile, its file is whole or not there.

        Raises:
            OSError: it could not be written, for instance because the disk is full.
        """
        write_whole(self.folder / file_name(task), run.encode().encode())


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that is never seen in part; it is on the disk when this returns.

    Raises:
        OSError: it could not be written; the message names the file, and nothing is left of it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from error
