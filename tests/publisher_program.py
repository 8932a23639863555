"""A publisher in a process of its own, for tests that stop it at any moment.

    python publisher_program.py DATA DATABASE LEASE_SECONDS PAUSE_SECONDS RELEASE…

publishes at each of the releases, in order, and rests before it hands on each file it has built.
It prints a JSON object a line: each file built, and what each release has published.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dp3t.cli.starting import importing

with importing():
    from dp3t import Instant
    from dp3t.primitives import sha256
    from dp3t.publication import BatchName
    from dp3t_server import key_content, logs, trace_content
    from dp3t_server.config import Config
    from dp3t_server.parts import DataDirectory, opened
    from dp3t_server.slot_files import BatchFile, batch_file
    from dp3t_server.trace_content import trace_file


def tell(**fields: object) -> None:
    """Print a line at once."""
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Publish as the arguments say."""
    asyncio.run(publish(*sys.argv[1:]))


async def publish(data: str, database: str, lease: str, pause: str, *releases: str) -> None:
    """Publish."""

    def slowly(*args: object, **options: object) -> BatchFile:
        file = batch_file(*args, **options)  # type: ignore[arg-type]  # passed on unseen
        built(file.name, file.data)
        return file

    def traces_slowly(*args: Any, name: BatchName, **options: Any) -> tuple[bytes, list[bytes]]:
        data, every = trace_file(*args, name=name, **options)
        built(name, data)
        return data, every

    def built(name: BatchName, data: bytes) -> None:
        tell(built=f"{name.design}-{name.release}", digest=sha256(data).hex())
        time.sleep(float(pause))

    key_content.batch_file = slowly  # type: ignore[attr-defined]  # its own name for it
    trace_content.trace_file = traces_slowly
    logs.start()
    config = Config(database=database, lease_seconds=int(lease), min_batch_keys=0)
    first = Instant(int(releases[0]))
    async with opened(config, DataDirectory(Path(data)), now=first) as parts:
        for release in releases:
            publication = await parts.publisher.publish(Instant(int(release)))
            tell(**asdict(publication))


if __name__ == "__main__":
    main()
