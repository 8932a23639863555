"""The traveller's page in Chromium, with the real server."""

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from chromium import Window, opened_window
from declaration_pages import (
    ANSWERS,
    DESKTOP,
    declare,
    fill,
    fill_at_once,
    open_form,
    require_readable,
)
from dp3t.arrivals import Envelope, Part, RecipientKeys, open_receipt
from dp3t.errors import VerificationError
from expectations import expected
from page_scripts import REPLAY, expected_count, vector_files
from server_arrivals import BORDER, DA_NANG, HUE, desk, listed, open_desk

if TYPE_CHECKING:
    from playwright.async_api import Browser, Route

pytestmark = pytest.mark.asyncio(loop_scope="module")
Travelled = tuple[Window, RecipientKeys]


@pytest_asyncio.fixture(loop_scope="module")
async def travelled(chromium: "Browser", tmp_path: Path) -> AsyncIterator[Travelled]:
    """A traveller's window on a server that takes declarations."""
    async with desk(tmp_path) as (server, keys), opened_window(chromium, server) as window:
        yield window, keys
        assert window.complaints == []


def opened(envelope: Envelope, role: str) -> dict[str, Any]:
    private = BORDER if role == "border" else DA_NANG
    content = envelope.open(private, role=role)
    part = Part.decode(content, header=envelope.header, role=role)
    assert part.problems == ()
    return dict(part.values)


@pytest.mark.spec("ARRIVALS-PAGE-3", "ARRIVALS-PAGE-4", "ARRIVALS-PAGE-6")
async def test_what_a_traveller_declares_on_a_telephone_is_read_by_border_and_province(
    travelled: Travelled,
) -> None:
    window, keys = travelled
    page, sent = await open_form(window), list[bytes]()
    page.on("request", lambda each: sent.append(each.post_data_buffer or b""))
    await fill(page)
    text = await declare(page)
    (sealed,) = (await listed(window.server)).values()
    envelope = Envelope.decode(sealed)
    assert opened(envelope, "border") == ANSWERS
    assert opened(envelope, "province").keys() < ANSWERS.keys()
    with pytest.raises(VerificationError):
        envelope.open(HUE, role="province")
    receipt, _ = open_receipt(text, keys.receipts())
    assert receipt.receipt_id == envelope.declaration_id[:16]
    assert [len(each) for each in sent if each] == [24_817, len(text)]
    assert not any(b"C1234567" in each or "Nguyễn".encode() in each for each in sent)
    assert not await window.overflows()


@pytest.mark.spec("ARRIVALS-PAGE-3", "ARRIVALS-PAGE-12", "ARRIVALS-PAGE-28")
async def test_what_is_wrong_stands_beside_its_field_and_in_a_summary(travelled: Travelled) -> None:
    page, sent = await open_form(travelled[0], "en"), list[str]()
    page.on("request", lambda each: sent.append(each.url))
    await fill_at_once(page, {**ANSWERS, "phone": "0912345678", "document_expiry": "2021-07-01"})
    await page.fill("#companions-1-surname", "陈")
    await page.focus("#send")
    await page.keyboard.press("Enter")
    await expected(page, "#summary").to_be_focused()
    problems = [
        "Document valid until: Not before 2021-07-05.",
        "Telephone: A +, the country code and the number, without spaces.",
        "Surname: Only Latin letters, spaces, full stops, commas, apostrophes and hyphens.",
    ]
    await expected(page, "#problems a").to_have_text(problems)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expected(page, "#phone").to_be_focused()
    await expected(page, "#phone").to_have_attribute("aria-invalid", "true")
    await expected(page, "#phone-error").to_contain_text("country code")
    described = await page.get_attribute("#phone", "aria-describedby")
    assert described == "phone-hint phone-error"
    assert (await page.title()).startswith("Error: ")
    assert sent == []


@pytest.mark.spec("ARRIVALS-PAGE-1", "FORM-9")
async def test_a_field_is_asked_where_its_condition_holds(travelled: Travelled) -> None:
    page = await open_form(travelled[0])
    assert not await page.is_visible("#carrier")
    await page.check("#means-air")
    await expected(page, "#carrier").to_be_visible()
    await page.check("#means-foot")
    await expected(page, "#carrier").to_be_hidden()
    assert "Kiểm dịch y tế biên giới" in await page.inner_text("#phone-hint")


@pytest.mark.spec("ARRIVALS-PAGE-6", "ARRIVALS-PAGE-24")
async def test_a_receipt_of_another_declaration_is_not_shown(travelled: Travelled) -> None:
    window, _ = travelled
    page = await open_form(window, "en")
    await fill_at_once(page)
    receipts = list[bytes]()

    async def mixed_up(route: "Route") -> None:
        answer = await (await route.fetch()).body()
        receipts.append(answer)
        await route.fulfill(body=receipts[0], content_type="application/json")

    await page.route("**/v1/arrivals/declarations", mixed_up)
    await declare(page)
    await page.click("#another")
    await fill_at_once(page, {**ANSWERS, "surname": "Trần"})
    await page.click("#send")
    await expected(page, "#failed").to_contain_text("not known whether the declaration was rec")
    assert not await page.is_visible("#receipt")


@pytest.mark.spec("ARRIVALS-PAGE-5")
async def test_keys_that_the_authority_did_not_sign_are_sealed_to_by_nobody(
    travelled: Travelled,
) -> None:
    window, _ = travelled
    page, sent = await open_form(window, "en"), list[str]()

    async def altered(route: "Route") -> None:
        body = bytearray(await (await route.fetch()).body())
        body[-40] ^= 1
        await route.fulfill(body=bytes(body))

    await page.route("**/v1/arrivals/keys", altered)
    await fill_at_once(page)
    page.on("request", lambda each: sent.append(each.url.removeprefix(window.server.url)))
    await page.click("#send")
    await expected(page, "#failed").to_contain_text("not signed by the authority. Nothing was")
    assert sent == ["/v1/arrivals/keys"]


@pytest.mark.spec("ARRIVALS-PAGE-11", "ARRIVALS-PAGE-24")
async def test_a_lost_answer_brings_the_same_receipt_at_the_second_try(
    travelled: Travelled,
) -> None:
    window, _ = travelled
    page = await open_form(window, "en")
    await fill_at_once(page)

    async def lost(route: "Route") -> None:
        await route.fetch()
        await route.abort()

    await page.route("**/v1/arrivals/declarations", lost, times=1)
    await page.click("#send")
    await expected(page, "#failed").to_contain_text("not known whether the declaration was rec")
    await declare(page)
    assert len(await listed(window.server)) == 1
    window.forget("ERR_FAILED")


@pytest.mark.spec("ARRIVALS-PAGE-11", "ARRIVALS-PAGE-24")
async def test_a_lost_answer_makes_no_second_declaration_though_the_keys_were_replaced(
    travelled: Travelled,
) -> None:
    window, keys = travelled
    page = await open_form(window, "en")
    await fill_at_once(page)

    async def lost(route: "Route") -> None:
        await route.fetch()
        await route.abort()

    await page.route("**/v1/arrivals/declarations", lost, times=1)
    await page.click("#send")
    await expected(page, "#failed").to_contain_text("not known whether the declaration was rec")
    (sealed,) = (await listed(window.server)).values()
    await open_desk(window.server, number=2, beside=keys)
    said, _ = open_receipt(await declare(page), keys.receipts())
    assert said.receipt_id == Envelope.decode(sealed).declaration_id[:16]
    assert list((await listed(window.server)).values()) == [sealed]
    window.forget("ERR_FAILED")


@pytest.mark.spec("ARRIVALS-PAGE-11")
async def test_what_was_refused_for_its_keys_is_sealed_anew(travelled: Travelled) -> None:
    """The first try does not reach the server, and the keys are replaced before the second."""
    window, keys = travelled
    page = await open_form(window, "en")
    await fill_at_once(page)
    await page.route("**/v1/arrivals/declarations", lambda route: route.abort(), times=1)
    await page.click("#send")
    await expected(page, "#failed").to_contain_text("not known whether the declaration was rec")
    await open_desk(window.server, number=2, beside=keys)
    await page.click("#send")
    await expected(page, "#failed").to_contain_text("keys were just replaced")
    assert await listed(window.server) == {}
    await declare(page)
    (sealed,) = (await listed(window.server)).values()
    assert Envelope.decode(sealed).header.keys_number == 2
    window.forget("ERR_FAILED")


@pytest.mark.spec("ARRIVALS-PAGE-9")
async def test_the_code_on_the_screen_is_the_receipt(travelled: Travelled) -> None:
    zxingcpp = pytest.importorskip("zxingcpp")
    image = pytest.importorskip("PIL.Image")
    page = await open_form(travelled[0])
    await fill_at_once(page)
    text = await declare(page)
    picture = await page.locator("#code").screenshot()
    (found,) = zxingcpp.read_barcodes(image.open(io.BytesIO(picture)))
    assert found.text == text


@pytest.mark.spec("ARRIVALS-PAGE-21")
async def test_what_is_printed_is_the_receipt_alone(travelled: Travelled) -> None:
    page = await open_form(travelled[0], "en")
    await fill_at_once(page)
    text = await declare(page)
    await page.emulate_media(media="print")
    shown = await page.inner_text("body")
    assert text in shown
    assert "Da Nang Airport" in shown
    for others in ("Withdraw", "Telephone", "Print", "Tiếng Việt", "This device"):
        assert others not in shown
    assert (await page.pdf(format="A4")).count(b"/Type /Page\n") == 1


@pytest.mark.spec("ARRIVALS-PAGE-8")
async def test_a_browser_without_the_cryptography_is_told_and_asked_nothing(
    travelled: Travelled,
) -> None:
    page = travelled[0].page
    await page.add_init_script("crypto.subtle.generateKey = () => Promise.reject(new Error())")
    await page.goto(f"{travelled[0].server.url}/arrivals/en/")
    await expected(page, "#unable").to_be_visible()
    await expected(page, "#unable").to_contain_text("X25519")
    assert not await page.is_visible("#form")


@pytest.mark.spec("ARRIVALS-PAGE-8")
async def test_a_browser_without_scripts_is_told(travelled: Travelled, chromium: "Browser") -> None:
    server = travelled[0].server
    async with opened_window(chromium, server, scripts=False) as window:
        await window.page.goto(f"{server.url}/arrivals/vi/")
        assert "cần JavaScript" in await window.page.inner_text("main")
        assert not await window.page.is_visible("#form")


@pytest.mark.spec("ARRIVALS-PAGE-12")
async def test_the_page_fits_and_is_readable(travelled: Travelled) -> None:
    page = await open_form(travelled[0])
    await page.click("#companions > [data-add]")
    await page.click("#send")
    await require_readable(travelled[0])


@pytest.mark.spec("FORM-3", "HPKE-1", "SEALING-4", "ENTRY-RECEIPT-11", "GATE-2")
async def test_the_scripts_agree_with_every_vector_in_the_browser(travelled: Travelled) -> None:
    window = travelled[0]
    await window.page.set_viewport_size(DESKTOP)
    await window.page.goto(f"{window.server.url}/operator/en/")

    async def replaying(route: "Route") -> None:
        await route.fulfill(body=REPLAY.read_text("utf-8"), content_type="text/javascript")

    await window.page.route("**/operator/replay.js", replaying)
    found = await window.page.evaluate(
        """async (files) => {
          const { replay } = await import("/operator/replay.js");
          return replay(files, "/operator/");
        }""",
        vector_files(),
    )
    assert found == {"replayed": expected_count(), "different": []}
