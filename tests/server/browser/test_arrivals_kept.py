"""What the traveller's page keeps on a device, in Chromium, and what it cannot keep."""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from chromium import Window, opened_window
from declaration_pages import ANSWERS, declare, fill_at_once, open_form
from dp3t import day_of
from dp3t.arrivals import Envelope, Part, RecipientKeys, open_receipt
from expectations import expected
from key_server import DAY, NOW
from server_arrivals import BORDER, desk, listed, withdrawn

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, Route

pytestmark = pytest.mark.asyncio(loop_scope="module")
Travelled = tuple[Window, RecipientKeys]

KEPT = "localStorage.getItem('dp3t-declarations')"
FULL = """Storage.prototype.setItem = () => {
  throw new DOMException("no room", "QuotaExceededError");
}"""
COUNT_REVOKED = """window.revoked = 0;
URL.revokeObjectURL = () => { window.revoked += 1; };"""
TYPED = """[...document.querySelectorAll("#form input, #form select")]
  .filter((each) => (["checkbox", "radio"].includes(each.type) ? each.checked : each.value))
  .map((each) => each.id)"""
FILLED_IN = """[...document.querySelectorAll("#form, #form input, #form select")]
  .filter((each) => each.autocomplete !== "off" && !["checkbox", "radio"].includes(each.type))
  .filter((each) => each.tagName !== "SELECT" || each.autocomplete)
  .map((each) => `${each.id} ${each.autocomplete}`)"""


@pytest_asyncio.fixture(loop_scope="module")
async def travelled(chromium: "Browser", tmp_path: Path) -> AsyncIterator[Travelled]:
    """A traveller's window on a server that takes declarations."""
    async with desk(tmp_path) as (server, keys), opened_window(chromium, server) as window:
        yield window, keys
        assert window.complaints == []


async def declared(
    window: Window, answers: Mapping[str, Any] = ANSWERS, *, keep: bool = False
) -> str:
    """Declare in English on a page that was opened anew; return the receipt."""
    page = await open_form(window, "en")
    await fill_at_once(page, answers)
    if keep:
        await page.check("#keep")
    return await declare(page)


async def saved(page: "Page", folder: Path) -> Path:
    """Save the file of the declaration whose receipt is shown; return it."""
    async with page.expect_download() as download:
        await page.click("#save")
    file = folder / "saved.json"
    await (await download.value).save_as(file)
    return file


async def withdraw(page: "Page", button: str) -> None:
    """Press a button that withdraws, and confirm it."""
    page.once("dialog", lambda dialog: dialog.accept())
    await page.click(button)


def contact_in(sealed: bytes) -> object:
    """Return what the border reads of one answer."""
    envelope = Envelope.decode(sealed)
    content = envelope.open(BORDER, role="border")
    return Part.decode(content, header=envelope.header, role="border").values["contact"]


@pytest.mark.spec("ARRIVALS-PAGE-7", "ARRIVALS-PAGE-10")
async def test_a_device_keeps_what_corrects_and_withdraws_and_no_answer(
    travelled: Travelled,
) -> None:
    window, keys = travelled
    first = await declared(window, keep=True)
    page = window.page
    await expected(page, "#kept-note").to_contain_text("This device keeps the receipt")
    assert await page.input_value("#surname") == ANSWERS["surname"]
    kept = await page.evaluate("JSON.stringify({...localStorage})")
    assert first in kept
    assert not any(each in kept for each in ("Nguy", "C1234567", "8491", "1984-02", "VN311"))
    page = await open_form(window, "en")
    await page.click("#kept-list button")
    await expected(page, "#receipt-text").to_have_text(first)
    await page.click("#correct")
    await expected(page, "#correcting").to_contain_text("take the place")
    await expected(page, "#keep").to_be_checked()
    await fill_at_once(page, {**ANSWERS, "contact": "unknown"})
    second = await declare(page)
    (sealed,) = (await listed(window.server)).values()
    assert contact_in(sealed) == "unknown"
    assert first not in await page.evaluate(KEPT)
    assert second in await page.evaluate(KEPT)
    await withdraw(page, "#withdraw")
    await expected(page, "#said").to_contain_text("Withdrawn: the server has erased")
    assert await listed(window.server) == {}
    gone = {open_receipt(text, keys.receipts())[0].receipt_id for text in (first, second)}
    assert set((await withdrawn(window.server, keys)).expiry_days) == gone
    assert await page.evaluate(KEPT) is None


@pytest.mark.spec("ARRIVALS-PAGE-7", "ARRIVALS-PAGE-26")
async def test_nothing_is_kept_unless_somebody_says_so_nor_after_the_expiry(
    travelled: Travelled,
) -> None:
    await declared(travelled[0])
    page = travelled[0].page
    await expected(page, "#kept-note").to_contain_text("This device keeps nothing")
    assert await page.evaluate(KEPT) is None
    await expected(page, "#keep-hint").to_contain_text("until 21 days after the entry")
    await declared(travelled[0], keep=True)
    (one,) = json.loads(await page.evaluate(KEPT))
    assert one["expiry_day"] == day_of(NOW) + 21
    await page.clock.set_fixed_time(one["expiry_day"] * DAY - 1)
    await page.reload()
    await expected(page, "#kept-list li").to_have_count(1)
    await page.clock.set_fixed_time(one["expiry_day"] * DAY)
    await page.reload()
    await expected(page, "#declaring").to_be_visible()
    assert await page.evaluate(KEPT) is None


@pytest.mark.spec("ARRIVALS-PAGE-7")
async def test_who_comes_next_to_a_shared_device_finds_an_empty_form(travelled: Travelled) -> None:
    window, _ = travelled
    await declared(window)
    page = window.page
    await page.click("#correct")
    await expected(page, "#correcting").to_contain_text("fill in what is empty")
    assert await page.evaluate(TYPED) == []
    assert await page.locator("#companions [data-item]").count() == 0


@pytest.mark.spec("ARRIVALS-PAGE-7")
async def test_what_is_damaged_on_the_device_stops_nothing(travelled: Travelled) -> None:
    window, _ = travelled
    await declared(window, keep=True)
    page = window.page
    (one,) = json.loads(await page.evaluate(KEPT))
    damaged = [
        None,
        {**one, "receipt": "x"},
        {**one, "secret": "00"},
        {**one, "expiry_day": None},
        {**one, "expiry_day": "99999"},
    ]
    await page.evaluate(
        "(all) => localStorage.setItem('dp3t-declarations', all)", json.dumps([*damaged, one])
    )
    await open_form(window, "en")
    await expected(page, "#kept-list li").to_have_count(1)
    assert json.loads(await page.evaluate(KEPT)) == [one]


@pytest.mark.spec("ARRIVALS-PAGE-24")
async def test_showing_a_receipt_says_nothing_of_what_was_received(travelled: Travelled) -> None:
    window, _ = travelled
    await declared(window, keep=True)
    page = await open_form(window, "en")
    await page.evaluate("() => { Intl.DateTimeFormat = () => null; }")
    async with page.expect_event("pageerror"):
        await page.click("#kept-list button")
    await expected(page, "#failed").to_contain_text("no declaration was sent, changed or withdrawn")
    window.forget("not a constructor")


@pytest.mark.spec("ARRIVALS-PAGE-24")
async def test_a_picture_that_cannot_be_read_is_no_doubt_of_the_receipt(
    travelled: Travelled,
) -> None:
    window, _ = travelled
    page = await open_form(window, "en")
    await page.evaluate("() => { DOMParser = () => null; }")
    await fill_at_once(page)
    async with page.expect_event("pageerror"):
        await page.click("#send")
    await expected(page, "#code-error").to_contain_text("The receipt is good all the same")
    await expected(page, "#failed").to_be_hidden()
    window.forget("not a constructor")


@pytest.mark.spec("ARRIVALS-PAGE-26")
async def test_the_browser_fills_in_and_remembers_only_on_ones_own_device(
    travelled: Travelled,
) -> None:
    page = await open_form(travelled[0], "en")
    assert await page.evaluate(FILLED_IN) == []
    await page.check("#keep")
    filled = await page.evaluate(FILLED_IN)
    assert {"surname family-name", "birth_date-day bday-day", "phone tel"} <= set(filled)
    await page.uncheck("#keep")
    assert await page.evaluate(FILLED_IN) == []
    await page.check("#keep")
    await fill_at_once(page)
    await declare(page)
    await page.click("#another")
    await expected(page, "#keep").not_to_be_checked()
    assert await page.evaluate(FILLED_IN) == []


@pytest.mark.spec("ARRIVALS-PAGE-10")
async def test_a_saved_file_withdraws_elsewhere(travelled: Travelled, tmp_path: Path) -> None:
    window, _ = travelled
    await window.page.add_init_script(COUNT_REVOKED)
    await declared(window)
    file = await saved(window.page, tmp_path)
    assert await window.page.evaluate("window.revoked") == 0
    page = await open_form(window, "vi")
    await page.set_input_files("#file", file)
    await withdraw(page, "#withdraw-file")
    await expected(page, "#said").to_contain_text("Đã rút")
    assert await listed(window.server) == {}


@pytest.mark.spec("ARRIVALS-PAGE-10", "ARRIVALS-PAGE-28")
async def test_with_a_saved_file_nothing_else_is_withdrawn(
    travelled: Travelled, tmp_path: Path
) -> None:
    """A file is chosen, then a kept declaration is corrected: the file counts no longer."""
    window, _ = travelled
    await declared(window)
    file = await saved(window.page, tmp_path)
    (of_file,) = await listed(window.server)
    await declared(window, {**ANSWERS, "surname": "Trần"}, keep=True)
    page = await open_form(window, "en")
    await page.set_input_files("#file", file)
    await expected(page, "#withdraw-file").to_be_visible()
    await page.click("#kept-list button")
    await page.click("#correct")
    await expected(page, "#correcting").to_be_visible()
    await expected(page, "#withdraw-file").to_be_hidden()
    assert await page.input_value("#file") == ""
    await page.set_input_files("#file", {"name": "x", "mimeType": "", "buffer": b"{}"})
    await expected(page, "#file-error").to_contain_text("no file with which")
    await expected(page, "#file").to_have_attribute("aria-invalid", "true")
    await expected(page, "#file").to_be_focused()
    await expected(page, "#withdraw-file").to_be_hidden()
    await page.set_input_files("#file", file)
    await withdraw(page, "#withdraw-file")
    await expected(page, "#said").to_contain_text("Withdrawn")
    assert of_file not in await listed(window.server)
    assert len(await listed(window.server)) == 1
    await expected(page, "#kept-list li").to_have_count(1)


@pytest.mark.spec("ARRIVALS-PAGE-27")
async def test_what_the_server_does_not_withdraw_stays_on_the_device(travelled: Travelled) -> None:
    """With another secret than the declaration's, as another server's would be."""
    window, _ = travelled
    await declared(window, keep=True)
    page = window.page
    (one,) = json.loads(await page.evaluate(KEPT))
    changed = json.dumps([{**one, "secret": "00" * 32}])
    await page.evaluate(f"localStorage.setItem('dp3t-declarations', '{changed}')")
    await open_form(window, "en")
    await page.click("#kept-list button")
    await withdraw(page, "#withdraw")
    await expected(page, "#failed").to_contain_text("The server does not have the declaration")
    assert await page.evaluate(KEPT) == changed
    assert len(await listed(window.server)) == 1


@pytest.mark.spec("ARRIVALS-PAGE-24", "ARRIVALS-PAGE-27")
async def test_a_withdrawal_without_an_answer_is_said_to_be_unknown(travelled: Travelled) -> None:
    window, _ = travelled
    await declared(window, keep=True)
    page = window.page

    async def lost(route: "Route") -> None:
        await route.fetch()
        await route.abort()

    await page.route("**/v1/arrivals/withdrawals", lost, times=1)
    await withdraw(page, "#withdraw")
    await expected(page, "#failed").to_contain_text("not known whether the declaration was withdr")
    assert await listed(window.server) == {}
    assert await page.evaluate(KEPT) is not None
    window.forget("ERR_FAILED")


@pytest.mark.spec("ARRIVALS-PAGE-23")
async def test_a_receipt_is_shown_where_the_device_has_no_room_for_it(travelled: Travelled) -> None:
    window, keys = travelled
    await window.page.add_init_script(FULL)
    receipt = await declared(window, keep=True)
    open_receipt(receipt, keys.receipts())
    await expected(window.page, "#kept-note").to_contain_text("could not keep the receipt")
    assert await window.page.evaluate("localStorage.length") == 0


@pytest.mark.spec("ARRIVALS-PAGE-24")
async def test_a_code_that_cannot_be_drawn_leaves_the_receipt_as_text(travelled: Travelled) -> None:
    window, keys = travelled
    page = await open_form(window, "en")
    await page.route("**/arrivals/qr", lambda route: route.abort(), times=1)
    await fill_at_once(page)
    await page.click("#send")
    await expected(page, "#code-error").to_contain_text("The receipt is good all the same")
    open_receipt(await page.inner_text("#receipt-text"), keys.receipts())
    await expected(page, "#failed").to_be_hidden()
    await page.click("#draw")
    await expected(page, "#code svg").to_be_visible()
    await expected(page, "#draw").to_be_hidden()
    window.forget("ERR_FAILED")


@pytest.mark.spec("ARRIVALS-PAGE-22")
async def test_what_one_region_keeps_another_of_the_same_server_does_not_see(
    travelled: Travelled,
) -> None:
    window, _ = travelled
    await declared(window, keep=True)
    page = window.page

    async def other_region(route: "Route") -> None:
        answer = await route.fetch(url=route.request.url.replace("/VN-48/", "/"))
        body = (await answer.text()).replace('"path": ""', '"path": "/VN-48"')
        await route.fulfill(response=answer, body=body)

    for path in ("arrivals/en/", "arrivals/form.json"):
        await page.route(f"**/VN-48/{path}", other_region)
    await page.goto(f"{window.server.url}/VN-48/arrivals/en/")
    await expected(page, "#declaring").to_be_visible()
    await expected(page, "#kept").to_be_hidden()
    await open_form(window, "en")
    await expected(page, "#kept-list li").to_have_count(1)
