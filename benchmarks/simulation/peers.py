"""Covasim and OpenABM-Covid19 in environments of their own, which are kept where that is asked."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

OPENABM_COMMIT = "ee2f2c0"
OPENABM_SOURCE = "https://github.com/BDI-pathogens/OpenABM-Covid19"
_OPENABM_NEEDS = (
    "setuptools<82",
    "wheel",
    "click",
    "matplotlib",
    "numpy",
    "pandas",
    "scipy",
    "tqdm",
)
_SECONDS = 1_800


class NoPeerError(Exception):
    """A peer cannot be installed here; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Another simulator.

    Attributes:
        environment: the name of its folder.
        packages: what pip installs; none: it is OpenABM, which is built.
        script: what runs it, beside this file.
        words: further arguments of the script.
    """

    environment: str
    packages: tuple[str, ...]
    script: str
    words: tuple[str, ...] = ()


PEERS: Mapping[str, Peer] = MappingProxyType(
    {
        "Covasim 4.0.1": Peer(
            environment="covasim-4.0.1",
            packages=("covasim==4.0.1",),
            script="covasim_child.py",
        ),
        "Covasim 3.1.8": Peer(
            environment="covasim-3.1.8",
            packages=("covasim==3.1.8", "numpy<2.3"),  # its tracing is thrice slower with 2.3
            script="covasim_child.py",
        ),
        "OpenABM": Peer(environment="openabm", packages=(), script="openabm_child.py"),
        "OpenABM, frozen": Peer(
            environment="openabm", packages=(), script="openabm_child.py", words=("frozen",)
        ),
    }
)


def command_of(peer: Peer, environments: Path, *, openabm: str) -> list[str]:
    """Return what runs a peer, installed if it is not yet.

    Args:
        peer: which.
        environments: the folder of environments.
        openabm: the URL or path of a git repository of OpenABM-Covid19.

    Raises:
        NoPeerError: it cannot be installed.
    """
    folder = environments / peer.environment
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(folder)])
        if peer.packages:
            _run([str(python), "-m", "pip", "install", "--quiet", *peer.packages])
        else:
            _build_openabm(python, folder / "source", openabm)
        (folder / "ready").touch()
    return [str(python), str(Path(__file__).parent / peer.script)]


def _build_openabm(python: Path, source: Path, repository: str) -> None:
    """Build OpenABM as fast as its compiler can; as shipped it is not optimised at all."""
    _need_tools()
    _run(["git", "clone", "--quiet", repository, str(source)])
    _run(["git", "-C", str(source), "checkout", "--quiet", OPENABM_COMMIT])
    setup = source / "src" / "setup.py"
    text = setup.read_text(encoding="utf-8")
    if '"-O0"' not in text:
        raise NoPeerError("its setup.py is not the one that is known")
    setup.write_text(text.replace('"-O0"', '"-O3", "-march=native"'), encoding="utf-8")
    _run(["swig", "-python", "covid19.i"], folder=source / "src")
    pip = [str(python), "-m", "pip", "install", "--quiet"]
    _run([*pip, *_OPENABM_NEEDS])
    _run([*pip, "--no-build-isolation", "--no-deps", str(source / "src")])


def _need_tools() -> None:
    """Install the tools that building takes, where this is Debian and we may.

    Raises:
        NoPeerError: they are not there.
    """
    tools = {"swig": "swig", "gsl-config": "libgsl-dev", "cc": "gcc", "git": "git"}
    missing = [package for tool, package in tools.items() if shutil.which(tool) is None]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        _run(["apt-get", "install", "-qq", "--no-install-recommends", *missing])
        missing = [package for tool, package in tools.items() if shutil.which(tool) is None]
    if missing:
        raise NoPeerError(f"building it takes {', '.join(missing)}")


def _run(command: Sequence[str], *, folder: Path | None = None) -> None:
    try:
        subprocess.run(  # noqa: S603 - programs of the system and of the environments made here
            command, check=True, capture_output=True, text=True, timeout=_SECONDS, cwd=folder
        )
    except subprocess.CalledProcessError as error:
        said = (error.stderr.strip() or error.stdout.strip() or "nothing").splitlines()[-1]
        raise NoPeerError(f"{Path(command[0]).name} failed: {said}") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoPeerError(f"{Path(command[0]).name}: {type(error).__name__}") from None
