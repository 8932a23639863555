"""`dp3t-server` whose system clock follows a file: what another program would call a faked time.

    python -m benchmarks.faults.clocked FILE ARGUMENTS OF dp3t-server…

The file holds two numbers: what the clock shows, and what the machine's monotonic clock, which all
processes share and nobody can set, showed at that moment. Whoever rewrites the file lets the clock
jump, for every process that follows it. Nothing else of the program is changed.
"""

import sys
import time
from pathlib import Path

from dp3t_server.__main__ import main


def set_clock(file: Path, now: float) -> None:
    """Let the clock show `now`, Unix seconds, and go on from there."""
    fresh = file.with_suffix(".new")
    fresh.write_text(f"{now} {time.monotonic()}")
    fresh.replace(file)


def read_clock(file: Path) -> float:
    """Return what the clock shows, Unix seconds."""
    shown, at = map(float, file.read_text().split())
    return shown + time.monotonic() - at


def run(file: Path, arguments: list[str]) -> None:
    """Run the program with the clock of a file."""
    time.time = lambda: read_clock(file)  # noqa: TID251 - what the server's one place asks
    sys.argv = ["dp3t-server", *arguments]
    main()


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2:])
