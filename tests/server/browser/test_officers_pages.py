"""Officials' pages in Chromium: a gate without a network, opening declarations."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from chromium import Window, opened_window
from declaration_pages import (
    ANSWERS,
    DESKTOP,
    declare,
    fill_at_once,
    key_file,
    open_form,
    require_readable,
    zone,
)
from dp3t import Instant
from dp3t.arrivals import (
    EntryReceipt,
    Envelope,
    GateSecret,
    Mark,
    RecipientKeys,
    open_receipt,
    split_marks,
)
from dp3t.canonical_json import JsonValue, encode_json
from dp3t.primitives import random_from_os
from expectations import expected
from key_server import DAY, NOW, InnerServer
from operator_pages import signed_in
from server_arrivals import (
    BORDER,
    DA_NANG,
    HUE,
    declared,
    desk,
    hand_in,
    sealed_for,
    take_back,
)

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.asyncio(loop_scope="module")
SECRET = bytes(range(32))


@pytest_asyncio.fixture(loop_scope="module")
async def arrived(
    chromium: "Browser", tmp_path: Path
) -> AsyncIterator[tuple[InnerServer, RecipientKeys]]:
    async with desk(tmp_path) as (server, keys):
        yield server, keys


@pytest_asyncio.fixture(loop_scope="module")
async def officer(
    chromium: "Browser", arrived: tuple[InnerServer, RecipientKeys]
) -> AsyncIterator[Window]:
    """An officer who is signed in."""
    async with opened_window(chromium, arrived[0]) as window:
        await window.page.clock.set_fixed_time(NOW)
        await window.page.set_viewport_size(DESKTOP)
        await window.sign_in("en")
        yield window
        assert window.complaints == []


async def open_gate(
    window: Window, folder: Path, *, name: str = "T2-07", tag: str = "en"
) -> "Page":
    """Open a gate at Da Nang."""
    page = window.page
    await window.go(f"{tag}/gate")
    await page.fill("#gate-name", name)
    await page.select_option("#point", "ADAD")
    await page.set_input_files("#secret", key_file(folder, "secret", SECRET))
    await page.click("#open-gate")
    await page.wait_for_selector("#checking:not([hidden])")
    await page.wait_for_selector("#state div")
    return page


async def verdict(page: "Page", receipt: str, lines: str) -> str:
    """Let a hand scanner type a receipt and a document; return the verdict."""
    await page.focus("#receipt")
    await page.keyboard.insert_text(receipt)
    await page.keyboard.press("Enter")
    await page.keyboard.insert_text(lines)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#verdict:not([hidden])")
    found = str(await page.get_attribute("#verdict", "data-verdict"))
    await expected(page, "#next").to_be_focused()
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#verdict", state="hidden")
    return found


async def declared_in_a_browser(chromium: "Browser", server: InnerServer) -> str:
    """Declare as the traveller; return the receipt."""
    async with opened_window(chromium, server) as window:
        page = await open_form(window)
        await fill_at_once(page)
        return await declare(page)


def altered(receipt: str) -> str:
    """Return a receipt for another day, in its one form of base32."""
    at = len("DP3T-ENTRY:1:") + 195
    return receipt[:at] + ("B" if receipt[at] == "A" else "A") + receipt[at + 1 :]


@pytest.mark.spec("ARRIVALS-PAGE-13", "ARRIVALS-PAGE-14", "ARRIVALS-PAGE-15", "GATE-3", "GATE-14")
async def test_a_gate_decides_without_a_network(
    chromium: "Browser", arrived: tuple[InnerServer, RecipientKeys], officer: Window, tmp_path: Path
) -> None:
    receipt = await declared_in_a_browser(chromium, arrived[0])
    page = await open_gate(officer, tmp_path)
    await page.context.set_offline(True)
    assert await verdict(page, "DP3T-ENTRY:1:ABC", zone()) == "malformed"
    assert await verdict(page, altered(receipt), zone()) == "altered"
    assert await verdict(page, receipt, zone("C1234568")) == "other-traveller"
    assert await verdict(page, receipt.lower(), zone()) == "valid"
    assert await verdict(page, receipt, zone()) == "used"
    await expected(page, "#verdict-text").to_have_text("The receipt has been used already.")
    await expected(page, "#verdict-facts").to_contain_text("gate T2-07")
    await expected(page, "#state dd >> nth=0").to_have_text("1")
    await page.clock.set_fixed_time(NOW + 3 * DAY)
    assert await verdict(page, receipt, zone()) == "expired"
    await page.clock.set_fixed_time(NOW - 2 * DAY)
    assert await verdict(page, receipt, zone()) == "rotated-out"


@pytest.mark.spec("ARRIVALS-PAGE-16", "GATE-5", "GATE-6", "GATE-7")
async def test_gates_exchange_marks_and_hear_of_withdrawals(
    chromium: "Browser", arrived: tuple[InnerServer, RecipientKeys], officer: Window, tmp_path: Path
) -> None:
    server, keys = arrived
    receipt = await declared_in_a_browser(chromium, server)
    said, _ = open_receipt(receipt, keys.receipts())
    page = await open_gate(officer, tmp_path)
    assert await verdict(page, receipt, zone()) == "valid"
    secret = GateSecret(SECRET)
    other = mark_of(said, "T1-01", secret)
    forged = mark_of(said, "T1-02", GateSecret(bytes(32)))
    status, _ = await server.ask("POST", "/v1/arrivals/gate-marks", other + forged)
    assert status == 200
    gone = declared(binding=said.binding.encode())
    withdrawn_receipt = await hand_in(server, gone)
    assert await take_back(server, gone.withdrawal)
    await page.click("#synchronise")
    await page.wait_for_selector("#conflicts li")
    exchanged = "1 marks sent, 2 at the server, of which 1 do not open"
    await expected(page, "#exchanged").to_contain_text(exchanged)
    for gate in ("gate T1-01", "gate T2-07"):
        await expected(page, "#conflicts li").to_contain_text(gate)
    marks = split_marks(await marks_at(server))
    assert {Mark.open(each, secret).gate for each in marks if each != forged} == {"T1-01", "T2-07"}
    await expected(page, "#state dd >> nth=1").to_contain_text("Jul 5, 2021")
    assert await verdict(page, withdrawn_receipt, zone()) == "withdrawn"


def mark_of(said: EntryReceipt, gate: str, secret: GateSecret) -> bytes:
    made = Mark.of(said, gate=gate, secret=secret, now=Instant(NOW), rand=random_from_os)
    return made.seal(secret)


async def marks_at(server: InnerServer) -> bytes:
    token = server.data.token.read_text().strip()
    async with server.session.get(
        f"{server.url}/v1/arrivals/gate-marks", headers={"Authorization": f"Bearer {token}"}
    ) as response:
        return await response.read()


@pytest.mark.spec("ARRIVALS-PAGE-14")
async def test_two_windows_never_let_one_receipt_pass(
    chromium: "Browser", arrived: tuple[InnerServer, RecipientKeys], officer: Window, tmp_path: Path
) -> None:
    receipt = await declared_in_a_browser(chromium, arrived[0])
    first = await open_gate(officer, tmp_path)
    second = await first.context.new_page()
    await second.clock.set_fixed_time(NOW)
    twin = Window(second, officer.server)
    await open_gate(twin, tmp_path)
    both = await asyncio.gather(*(verdict(page, receipt, zone()) for page in (first, second)))
    assert sorted(both) == ["used", "valid"]


@pytest.mark.spec("GATE-4", "GATE-8")
async def test_a_gate_that_is_closed_knows_its_marks_until_their_day(
    chromium: "Browser", arrived: tuple[InnerServer, RecipientKeys], officer: Window, tmp_path: Path
) -> None:
    receipt = await declared_in_a_browser(chromium, arrived[0])
    page = await open_gate(officer, tmp_path)
    assert await verdict(page, receipt, zone()) == "valid"
    page = await open_gate(officer, tmp_path)
    assert await verdict(page, receipt, zone()) == "used"
    await page.clock.set_fixed_time(NOW + 2 * DAY)
    page = await open_gate(officer, tmp_path)
    await expected(page, "#state dd >> nth=0").to_have_text("0")
    assert await page.evaluate(_MARKS_LEFT) == 0


_MARKS_LEFT = """() => new Promise((resolve) => {
  indexedDB.open("dp3t-gate").onsuccess = (event) => {
    const marks = event.target.result.transaction("marks").objectStore("marks");
    marks.count().onsuccess = (counted) => resolve(counted.target.result);
  };
})"""


@pytest.mark.spec("ARRIVALS-PAGE-25")
async def test_a_verdict_stands_where_the_marks_cannot_be_counted(
    officer: Window, tmp_path: Path
) -> None:
    page = await open_gate(officer, tmp_path)
    await page.evaluate(_UNCOUNTABLE)
    await page.fill("#receipt", "x")
    await page.fill("#zone", zone())
    await page.click("#check")
    await expected(page, "#failed").to_contain_text("A verdict that is shown stands")
    await expected(page, "#verdict").to_have_attribute("data-verdict", "malformed")
    await expected(page, "#next").to_be_focused()


_UNCOUNTABLE = """() => {
  for (const { prototype } of [IDBObjectStore, IDBIndex]) {
    prototype.count = () => { throw new DOMException("gone", "UnknownError"); };
  }
}"""


@pytest.mark.spec("ARRIVALS-PAGE-15")
async def test_what_is_misread_is_said_beside_the_document(officer: Window, tmp_path: Path) -> None:
    page = await open_gate(officer, tmp_path, tag="vi")
    await page.fill("#receipt", "x")
    for lines, said in (
        (zone().replace("C12345", "C12845"), "Chữ số kiểm tra của số giấy tờ không khớp"),
        (zone()[:-1], "Dòng máy đọc cần 2 dòng"),
        ("", "Số giấy tờ gồm 1 đến 22"),
    ):
        await page.fill("#zone", lines)
        await page.click("#check")
        await expected(page, "#zone-error").to_contain_text(said)
    await page.click("summary")
    for name, typed in (("number", "c 123-4567"), ("birth", "1984-02-29"), ("expiry", "301231")):
        await page.fill(f"#{name}", typed)
    await page.click("#check")
    await expected(page, "#verdict-text").to_have_text("Đây không phải là phiếu khai báo.")


@pytest.mark.spec("ARRIVALS-PAGE-17", "ARRIVALS-PAGE-18", "ARRIVALS-PAGE-19")
async def test_border_and_province_open_their_parts_and_nothing_leaves_the_browser(
    chromium: "Browser", arrived: tuple[InnerServer, RecipientKeys], officer: Window, tmp_path: Path
) -> None:
    await declared_in_a_browser(chromium, arrived[0])
    await hand_in(arrived[0], declared())
    damaged = sealed_for("48")  # what is in it was written by no page and no app
    await hand_in(arrived[0], damaged)
    page, sent = officer.page, list[Any]()
    page.on("request", lambda each: sent.append((each.method, each.post_data)))
    for role, key, opened, said in (
        ("border", BORDER, 1, "Opened: 1. Not opened by this key: 1. Damaged, named below: 1."),
        ("province", DA_NANG, 1, "Opened: 1. Not opened by this key: 1. Damaged, named below: 1."),
        ("province", HUE, 0, "Opened: 0. Not opened by this key: 3."),
    ):
        await officer.go("en/declarations")
        await page.select_option("#role", role)
        await page.set_input_files("#key", key_file(tmp_path, role, key.to_bytes()))
        await page.click("#open")
        await expected(page, "#said").to_have_text(said)
        await expected(page, "#bad-names").to_have_text(damaged.name if opened else "")
        await expected(page, "#rows > tr").to_have_count(2 * opened)
        text = await page.locator("#table").text_content() or ""
        assert ("C1234567" in text) == (role == "border")
        assert (str(ANSWERS["street"]) in text) == bool(opened)
    assert {method for method, _ in sent} == {"GET"}
    kept = await page.evaluate("JSON.stringify({...localStorage}) + document.cookie")
    assert BORDER.to_bytes().hex() not in kept


@pytest.mark.spec("ARRIVALS-PAGE-18", "DECLARATION-3", "DECLARATION-4")
async def test_a_declaration_with_a_problem_is_marked_and_shown(
    arrived: tuple[InnerServer, RecipientKeys], officer: Window, tmp_path: Path
) -> None:
    """One sealed by a program that does not care for the form, and says another arrival point."""
    header = declared().envelope.header
    values: dict[str, JsonValue] = {
        "arrival_point": "ADAD",
        "surname": "陈",
        "street": ["<i>"],
        "more": {"x": 1},
    }
    content = encode_json({"form": 1, "role": "border", "values": values})
    envelope = Envelope.seal(
        header, border=(BORDER.public(), content), province=(DA_NANG.public(), b"")
    )
    await hand_in(arrived[0], replace(declared(), envelope=envelope))
    page = officer.page
    await officer.go("en/declarations")
    await page.set_input_files("#key", key_file(tmp_path, "border", BORDER.to_bytes()))
    await page.click("#open")
    await expected(page, "#rows tr >> nth=0").to_have_class("doubtful")
    await page.click("#rows button")
    await expected(page, "#rows .all").to_be_visible()
    shown = await page.inner_text("#rows .all")
    assert "surname: Only Latin letters" in shown
    assert "arrival_point: This differs from what stands outside" in shown
    assert "陈" in shown
    assert "<i>" in shown
    assert '{"x":1}' in shown
    await page.click("#rows button")
    await expected(page, "#rows .all").to_be_hidden()


@pytest.mark.spec("ARRIVALS-PAGE-12")
async def test_officials_pages_fit_and_are_readable(
    chromium: "Browser", arrived: tuple[InnerServer, RecipientKeys], officer: Window, tmp_path: Path
) -> None:
    receipt, page = await declared_in_a_browser(chromium, arrived[0]), officer.page
    await officer.go("vi/declarations")
    await page.set_input_files("#key", key_file(tmp_path, "border", BORDER.to_bytes()))
    await page.click("#open")
    await page.click("#rows button")
    await expected(page, "#rows .all").to_be_visible()
    await require_readable(officer)
    await open_gate(officer, tmp_path, tag="vi")
    await page.fill("#receipt", receipt)
    await page.fill("#zone", zone("C1234568"))
    await page.click("#check")
    await page.wait_for_selector("#verdict:not([hidden])")
    await require_readable(officer)


@pytest.mark.spec("ARRIVALS-PAGE-20")
async def test_scripts_reach_nothing_without_a_session_or_its_token(
    arrived: tuple[InnerServer, RecipientKeys],
) -> None:
    server = arrived[0]
    for name in ("marks", "declarations", "help"):
        async with server.session.get(f"{server.url}/operator/data/{name}") as response:
            assert response.status == 401
    person = await signed_in(server)
    mark = bytes(62)
    for token in ("", "0" * 64):
        answer = await person.ask("POST", "data/marks", mark, **{"X-Form-Token": token})
        assert answer.status == 403
    right = {"X-Form-Token": await person.form_token()}
    assert (await person.ask("POST", "data/marks", mark, **right)).status == 200
    foreign = {**right, "Sec-Fetch-Site": "cross-site"}
    assert (await person.ask("POST", "data/marks", mark, **foreign)).status == 403
