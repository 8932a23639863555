"""A gate's page in Chromium with another secret than that of its marks."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from chromium import Window, opened_window
from declaration_pages import key_file
from expectations import expected
from key_server import NOW
from server_arrivals import desk

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.asyncio(loop_scope="module")
SECRET, OTHER = bytes(range(32)), bytes(32)
NOTE_A_MARK = """async ([base, secret]) => {
  const { gateKeys, sealMark } = await import(`${base}/mark.js`);
  const { GateStore } = await import(`${base}/gate_store.js`);
  const keys = await gateKeys(new Uint8Array(secret));
  const day = Math.floor(Date.now() / 86_400_000);
  const bytes = (count) => new Uint8Array(count);
  const mark = { expiryDay: day + 1, tag: bytes(16), moment: 0, gate: "T1-01", draw: bytes(8) };
  const store = await GateStore.open("dp3t-gate", day);
  try {
    return (await store.admit(await sealMark(mark, keys), keys, day)).length;
  } catch (fault) {
    return String(fault.what);
  }
}"""


@pytest_asyncio.fixture(loop_scope="module")
async def officer(chromium: "Browser", tmp_path: Path) -> AsyncIterator[Window]:
    """An officer who is signed in."""
    async with desk(tmp_path) as (server, _), opened_window(chromium, server) as window:
        await window.page.clock.set_fixed_time(NOW)
        await window.sign_in("en")
        yield window
        assert window.complaints == []


async def choose(officer: Window, folder: Path, secret: bytes) -> "Page":
    """Open a gate with a secret, as far as that goes."""
    page = officer.page
    await officer.go("en/gate")
    await page.fill("#gate-name", "T2-07")
    await page.select_option("#point", "ADAD")
    await page.set_input_files("#secret", key_file(folder, secret.hex()[:8], secret))
    await page.click("#open-gate")
    return page


async def noted(page: "Page", secret: bytes) -> object:
    """Let the page's store note a mark of a secret; return what it says to that."""
    base = await page.evaluate("document.querySelector('script[src*=\"gate.js\"]').src")
    return await page.evaluate(NOTE_A_MARK, [base.rpartition("/")[0], list(secret)])


@pytest.mark.spec("GATE-16")
async def test_with_another_secret_a_gates_page_does_nothing(
    officer: Window, tmp_path: Path
) -> None:
    page = await choose(officer, tmp_path, SECRET)
    await page.wait_for_selector("#state div")
    assert await noted(page, SECRET) == 0  # it is there now: former uses none
    assert await noted(page, OTHER) == "other-secret"
    assert await noted(page, SECRET) == 1  # the same use again
    page = await choose(officer, tmp_path, OTHER)
    await expected(page, "#failed").to_contain_text("another secret of gates")
    assert await page.is_hidden("#checking")
    page = await choose(officer, tmp_path, SECRET)
    await expected(page, "#checking").to_be_visible()
    await expected(page, "#state dd >> nth=0").to_have_text("1")
