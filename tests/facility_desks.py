"""A facility's own page in Chromium, as who works there uses it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from chromium import Window, opened_window
from dp3t import Instant
from dp3t.publication import SigningKey
from expectations import expected
from key_server import NOW, InnerServer, in_process
from server_facilities import FACILITIES_ON, enrolled
from spec.vectors.builders.facility_record import Record, key_of

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
NO_NETWORK = "ERR_INTERNET_DISCONNECTED"


@asynccontextmanager
async def district(folder: Path, *names: str) -> AsyncIterator[tuple[InnerServer, Record]]:
    """A server with some schools; what is enrolled follows from their names."""
    async with in_process(folder, config=FACILITIES_ON) as server:
        yield server, await enrolled(server, *names)


@asynccontextmanager
async def desk_of(
    chromium: "Browser", server: InnerServer, *, now: Instant = NOW
) -> AsyncIterator[Window]:
    """A window of its own, whose clock is the server's; its complaints fail the test."""
    async with opened_window(chromium, server) as window:
        await window.page.clock.set_fixed_time(now)
        await window.page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a plain dict will do
        yield window
        window.forget(NO_NETWORK)
        assert window.complaints == []


def facility_key(folder: Path, name: str, key: SigningKey | None = None) -> Path:
    """Write the key file of a facility as `dp3t` writes keys."""
    key = key or key_of(name)
    document = {"seed": key.seed.hex(), "valid_from": 0, "valid_until": 2**32 - 1}
    path = folder / f"{name}.key.json"
    path.write_text(json.dumps(document), "utf-8")
    return path


async def set_up(window: Window, folder: Path, name: str, *, tag: str = "en") -> "Page":
    """Open the desk and choose the facility's key."""
    page = window.page
    await page.goto(f"{window.server.url}/facilities/{tag}/desk#{name}")
    await page.set_input_files("#key-file", facility_key(folder, name))
    await page.click("#begin")
    await expected(page, "#work").to_be_visible()
    return page


async def attest(page: "Page") -> None:
    """Tap that all is done, and sign."""
    await page.click("#all-done")
    await page.click("#attest")
    await page.click("#sign")


async def kept_by_worker(page: "Page") -> None:
    """Wait until the page is kept for when there is no network."""
    await page.evaluate(
        """async () => {
          await navigator.serviceWorker.ready;
          const workers = navigator.serviceWorker;
          const changed = (then) => workers.addEventListener("controllerchange", then);
          if (!workers.controller) await new Promise(changed);
        }"""
    )
