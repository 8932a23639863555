"""A run as files: all of them, or none [SCENARIO-11]."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from dp3t import PolicyError
from dp3t.cli.boundary import NotInstalledError
from dp3t_simulator.metrics import is_true
from dp3t_simulator.result import EVENTS, Result
from dp3t_simulator.scenario.writing import to_toml


def refuse_full(folder: Path) -> None:
    """Refuse a place where a run may not be saved, before it is computed [SCENARIO-12].

    Raises:
        PolicyError: a file, or a folder in which something is.
        OSError: nothing can be made there.
    """
    if folder.is_dir():
        if any(folder.iterdir()):
            raise PolicyError(f"{folder} is not empty: a run is saved in a new folder")
    elif folder.exists() or folder.is_symlink():
        raise PolicyError(f"{folder} is no folder")
    nearest = next(each for each in folder.absolute().parents if each.exists())
    Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=nearest)).rmdir()


def refuse_absent_packages() -> None:
    """Say what is missing for saving a run, before it is computed.

    Raises:
        NotInstalledError: without pyarrow or matplotlib.
    """
    try:
        import matplotlib  # noqa: F401
        import pyarrow.parquet  # noqa: F401
    except ModuleNotFoundError as error:
        raise NotInstalledError(error.name, extra="simulator") from None


def save(result: Result, folder: Path) -> None:
    """Write a run into a folder: tables, figures, its scenario, its numbers and a page.

    It is written beside the folder under another name and moved when it is whole.

    Raises:
        NotInstalledError: without pyarrow or matplotlib.
        PolicyError: the folder is not empty, or is a file.
        OSError: it cannot be written, or there is no room; nothing is left then.
    """
    refuse_absent_packages()
    from dp3t_simulator.report.page import page  # draws figures, which needs matplotlib

    refuse_full(folder)
    with _beside(folder) as made:
        (made / "scenario.toml").write_text(to_toml(result.scenario), encoding="utf-8")
        document = {"version": result.version, **asdict(result.summary)}
        (made / "summary.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        _write_tables(result, made)
        figures = _write_figures(result, made)
        (made / "report.html").write_text(page(result, figures), encoding="utf-8")


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """Give a new folder that takes the place of another when everything in it is written."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield made
        umask = os.umask(0)
        os.umask(umask)
        made.chmod(0o777 & ~umask)
        made.replace(folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise


def _write_tables(result: Result, folder: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    about = {
        "dp3t-sim": json.dumps(
            {"version": result.version, "seed": result.seed, "scenario": result.scenario.name}
        )
    }
    for name in ("daily", *EVENTS):
        if name == "exposures" and not result.recorded_exposures:
            continue
        table = result.to_arrow(name)
        if name == "notices":
            right = is_true(result.events[name], result.events["infections"], people=result.people)
            table = table.append_column("true", pyarrow.array(right))
        parquet.write_table(
            table.replace_schema_metadata(about), folder / f"{name}.parquet", compression="zstd"
        )


def _write_figures(result: Result, folder: Path) -> dict[str, bytes]:
    """Write the figures, and return them by name."""
    from io import BytesIO

    from dp3t_simulator.plots_run import FIGURES

    drawn = {}
    for name, draw in FIGURES.items():
        if name in ("notifications", "index-cases") and not result.app_users:
            continue
        image = BytesIO()
        draw(result).savefig(image, format="png", metadata={"Software": None})
        drawn[name] = image.getvalue()
        (folder / f"{name}.png").write_bytes(drawn[name])
    return drawn
