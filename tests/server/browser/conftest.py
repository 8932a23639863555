"""The system's Chromium, with ears for what it complains about."""

import os
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from chromium import Window, opened_window
from key_server import InnerServer


@pytest_asyncio.fixture
async def window(server: InnerServer, request: pytest.FixtureRequest) -> AsyncIterator[Window]:
    """A window of Chromium; what it complains about fails the test.

    Under the mark `no_scripts` it runs none.
    """
    pytest.importorskip("playwright", reason="playwright is not installed")
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed")
    scripts = not getattr(request, "param", {}).get("no_scripts", False)
    root = os.geteuid() == 0
    async with opened_window(program, server, sandbox=not root, scripts=scripts) as opened:
        yield opened
        assert opened.complaints == []
