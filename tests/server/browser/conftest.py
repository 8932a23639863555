"""The system's Chromium, with ears for what it complains about.

It starts once for all tests of a module, whose event loop it belongs to.
"""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from chromium import Window, opened_window, running_chromium
from key_server import InnerServer, in_process

if TYPE_CHECKING:
    from playwright.async_api import Browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator["Browser"]:
    """Chromium without windows."""
    pytest.importorskip("playwright", reason="playwright is not installed")
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed")
    async with running_chromium(program, sandbox=os.geteuid() != 0) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def server(tmp_path: Path) -> AsyncIterator[InnerServer]:
    """The real application in this process, in the loop of the browser."""
    async with in_process(tmp_path) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def window(
    chromium: "Browser", server: InnerServer, request: pytest.FixtureRequest
) -> AsyncIterator[Window]:
    """A window of its own; what it complains about fails the test.

    Under the mark `no_scripts` it runs none.
    """
    scripts = not getattr(request, "param", {}).get("no_scripts", False)
    async with opened_window(chromium, server, scripts=scripts) as opened:
        yield opened
        assert opened.complaints == []
