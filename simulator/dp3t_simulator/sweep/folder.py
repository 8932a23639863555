"""A folder belongs to one sweep: to one scenario, and to one version of the code."""

import json
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from dp3t_simulator.scenario.settings import Scenario
from dp3t_simulator.scenario.writing import to_mapping
from dp3t_simulator.sweep.errors import SweepError
from dp3t_simulator.sweep.plan import SAID_ONLY
from dp3t_simulator.sweep.runs import code_version, write_whole

FORMAT = "dp3t-sim sweep 1"
MANIFEST = "sweep.json"


def claim(folder: Path, scenario: Scenario) -> None:
    """Make a folder that of a sweep over a scenario, or find that it is [SWEEP-4].

    What is swept, and how often, is not written down: a folder may be asked for more.

    Raises:
        SweepError: it holds something else; the message names what differs.
        OSError: it cannot be read or written.
    """
    wanted = to_mapping(scenario)
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        if folder.exists() and any(folder.iterdir()):
            raise SweepError(f"{folder} holds files, and no sweep; choose another folder") from None
        document = {"format": FORMAT, "version": code_version(), "scenario": wanted}
        write_whole(folder / MANIFEST, (json.dumps(document, indent=2) + "\n").encode())
        return
    except ValueError:
        raise SweepError(f"{folder / MANIFEST} is not what a sweep writes") from None
    _refuse_other(folder, found, wanted)


def _refuse_other(folder: Path, found: Any, wanted: Mapping[str, Any]) -> None:
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise SweepError(f"{folder / MANIFEST} is not what a sweep writes")
    if found.get("version") != code_version():
        raise SweepError(
            f"{folder} holds a sweep by version {found.get('version')}, and this is "
            f"{code_version()}; choose another folder"
        )
    theirs = dict(_values(found.get("scenario", {})))
    mine = dict(_values(json.loads(json.dumps(wanted))))
    for path in chain(mine, theirs):
        if path not in SAID_ONLY and mine.get(path) != theirs.get(path):
            raise SweepError(
                f"{folder} holds a sweep of another scenario: {path} is {_shown(theirs.get(path))} "
                f"there and {_shown(mine.get(path))} here; choose another folder"
            )


def _values(document: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value of a document with its path."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield from _values(value, f"{path}.{name}" if path else name)
    elif isinstance(document, list) and any(isinstance(each, dict) for each in document):
        for place, value in enumerate(document):
            yield from _values(value, f"{path}[{place}]")
    else:
        yield path, document


def _shown(value: object) -> str:
    return "not set" if value is None else json.dumps(value, ensure_ascii=False)
