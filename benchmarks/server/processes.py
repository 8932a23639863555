"""What Linux says of a process: how much of a processor and of memory it has taken."""

import os
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server in a process of its own.

    Attributes:
        port: where it listens on 127.0.0.1.
        process_id: the system's number for it.
    """

    port: int
    process_id: int


@dataclass(frozen=True, slots=True)
class Taken:
    """Time by the clock, and of the processor, both in seconds."""

    seconds: float
    cpu_seconds: float

    @classmethod
    def so_far(cls, process_id: int) -> "Taken":
        """Return the clock now, and what a process took of the processor since its start."""
        after_name = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
        ticks = int(after_name[11]) + int(after_name[12])  # in its own code, and in the kernel's
        return cls(time.perf_counter(), ticks / os.sysconf("SC_CLK_TCK"))

    def since(self, before: "Taken") -> "Taken":
        """Return the differences."""
        seconds, cpu_seconds = self.seconds - before.seconds, self.cpu_seconds - before.cpu_seconds
        return Taken(round(seconds, 3), round(cpu_seconds, 3))


def peak_mb(process_id: int) -> float:
    """Return the most resident memory that a process had so far, in 10**6 bytes."""
    for line in Path(f"/proc/{process_id}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "VmHWM":
            return round(int(value.split()[0]) * 1024 / 10**6, 1)
    raise OSError("the system does not say how much memory a process had")
