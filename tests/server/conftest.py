"""A running server for each test that asks for one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from key_server import InnerServer, in_process


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[InnerServer]:
    """The real application in this process, its simulated clock at NOW."""
    async with in_process(tmp_path) as running:
        yield running
