"""A gate's page in Chromium before a queue: scan after scan, and what is left out or mistyped."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from chromium import Window, opened_window
from declaration_pages import declare, fill_at_once, key_file, open_form, zone
from expectations import expected
from key_server import NOW
from server_arrivals import desk

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

COUNT_LISTS = """() => {
  const list = IDBObjectStore.prototype.getAllKeys;
  window.lists = 0;
  IDBObjectStore.prototype.getAllKeys = function (range, most) {
    if (most === undefined) window.lists += 1;
    return list.call(this, range, most);
  };
}"""
MARKED = """() => [...document.querySelectorAll("[aria-invalid]")].map((each) => each.id)"""


@pytest_asyncio.fixture(loop_scope="module")
async def officer(chromium: "Browser", tmp_path: Path) -> AsyncIterator[Window]:
    """An officer who is signed in, on a server that takes declarations."""
    async with desk(tmp_path) as (server, _), opened_window(chromium, server) as window:
        await window.page.clock.set_fixed_time(NOW)
        await window.sign_in("en")
        yield window
        assert window.complaints == []


async def scan(page: "Page", text: str) -> None:
    """Type as a hand scanner does: each character a key, and Enter in the end."""
    await page.keyboard.press(text[0])
    await page.keyboard.insert_text(text[1:])
    await page.keyboard.press("Enter")


async def open_gate(officer: Window, folder: Path) -> "Page":
    page = officer.page
    await officer.go("en/gate")
    await page.fill("#gate-name", "T2-07")
    await page.select_option("#point", "ADAD")
    await page.set_input_files("#secret", key_file(folder, "secret", bytes(range(32))))
    await page.click("#open-gate")
    await expected(page, "#receipt").to_be_focused()
    return page


@pytest.mark.spec("ARRIVALS-PAGE-25")
async def test_scan_follows_scan_and_none_looks_through_all_marks(
    officer: Window, tmp_path: Path
) -> None:
    """The second begins while the first one's verdict stands."""
    traveller = await open_form(officer, "en")
    await fill_at_once(traveller)
    receipt = await declare(traveller)
    page = await open_gate(officer, tmp_path)
    await page.evaluate(COUNT_LISTS)
    for verdict in ("valid", "used", "used"):
        await scan(page, receipt)
        await expected(page, "#zone").to_be_focused()
        await scan(page, zone())
        await expected(page, "#verdict").to_have_attribute("data-verdict", verdict)
        await expected(page, "#verdict").to_be_visible()
        await expected(page, "#check").not_to_have_attribute("aria-disabled", "true")
    await expected(page, "#state dd >> nth=0").to_have_text("1")
    assert await page.evaluate("window.lists") == 0


@pytest.mark.spec("ARRIVALS-PAGE-28")
async def test_what_is_left_out_or_mistyped_is_marked_and_takes_the_focus(
    officer: Window, tmp_path: Path
) -> None:
    page = officer.page
    await officer.go("en/gate")
    await page.click("#open-gate")
    await expected(page, "#gate-name").to_be_focused()
    assert await page.evaluate(MARKED) == ["gate-name", "point", "secret"]
    await page.set_input_files("#secret", key_file(tmp_path, "short", bytes(31)))
    await page.fill("#gate-name", "T2-07")
    await page.select_option("#point", "ADAD")
    await page.click("#open-gate")
    await expected(page, "#secret-error").to_contain_text("64 hexadecimal digits")
    assert await page.evaluate(MARKED) == ["secret"]
    page = await open_gate(officer, tmp_path)
    assert await page.evaluate(MARKED) == []
    await page.fill("#receipt", "x")
    await page.click("summary")
    for name, typed in (("number", "C1234567"), ("birth", "1984-02"), ("expiry", "")):
        await page.fill(f"#{name}", typed)
    await page.click("#check")
    await expected(page, "#birth-error").to_contain_text("date of birth is not written")
    await expected(page, "#birth").to_be_focused()
    assert await page.evaluate(MARKED) == ["birth"]
    await page.fill("#birth", "1984-02-28")
    await page.click("#check")
    await expected(page, "#verdict").to_have_attribute("data-verdict", "malformed")
    assert await page.evaluate(MARKED) == []
    await page.fill("#number", "")
    await page.click("#check")
    await expected(page, "#number").to_be_focused()
    await expected(page, "#verdict").to_be_hidden()
    await officer.go("en/declarations")
    await page.click("#open")
    await expected(page, "#key").to_be_focused()
    await expected(page, "#key-error").to_contain_text("choose the key file")
    assert await page.evaluate(MARKED) == ["key"]


@pytest.mark.spec("ARRIVALS-PAGE-22")
async def test_the_marks_of_a_region_are_kept_under_its_name(
    officer: Window, tmp_path: Path
) -> None:
    page = await open_gate(officer, tmp_path)
    names = await page.evaluate(
        """async () => {
          const { given } = await import(document.querySelector("script[src$='gate.js']").src
            .replace("gate.js", "page.js"));
          const { placeOf } = await import("/operator/storage.js");
          const here = (await indexedDB.databases()).map(({ name }) => name);
          given.path = "/VN-48";
          return [here, placeOf("dp3t-gate")];
        }"""
    )
    assert names == [["dp3t-gate"], "dp3t-gate/VN-48"]
