"""The page and the picture as files."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from dp3t.cli.boundary import NotInstalledError
from dp3t.cli.files import write_whole
from dp3t.errors import PolicyError

if TYPE_CHECKING:
    from dp3t.cli.demo.declarations.run import Outcome, Scenario

PAGE, PICTURE = "declarations.html", "communes.png"
_MODE = 0o644


def refuse_unfit(folder: Path) -> None:
    """Refuse a folder to which nothing can be written, before anything is played.

    Raises:
        NotInstalledError: without what draws.
        PolicyError: one of the files is there already.
        OSError: the folder cannot be made.
    """
    for package in ("matplotlib", "segno"):
        if find_spec(package) is None:
            raise NotInstalledError(package, extra="all")
    folder.mkdir(parents=True, exist_ok=True)
    for name in (PAGE, PICTURE):
        if (folder / name).exists():
            raise PolicyError(f"{folder / name} exists and stays as it is")


def save(scenario: "Scenario", outcome: "Outcome", folder: Path) -> None:
    """Write the page, which holds the picture too, and the picture.

    Raises:
        PolicyError: one of them is there already; it stays as it is.
        OSError: they cannot be written.
    """
    from dp3t.cli.demo.declarations.figure import picture  # which needs matplotlib
    from dp3t.cli.demo.declarations.page import page

    chart = picture(outcome.communes)
    write_whole(folder / PICTURE, chart, mode=_MODE, force=False)
    written = page(scenario, outcome, chart=chart).encode()
    write_whole(folder / PAGE, written, mode=_MODE, force=False)
