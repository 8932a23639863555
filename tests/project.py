"""The project as files: what git tracks or would track, without what it ignores."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def files(*patterns: str) -> list[Path]:
    """Return the project's existing files whose name matches one of the patterns, sorted."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = {ROOT / name for name in listed.split("\0") if name}
    return sorted(
        path
        for path in paths
        if path.is_file() and any(path.match(pattern) for pattern in patterns or ("*",))
    )


def named(path: Path) -> str:
    """Return a path as the project knows it."""
    return path.relative_to(ROOT).as_posix()
