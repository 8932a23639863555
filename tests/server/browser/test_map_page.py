"""The map of safe places and the page of one facility in Chromium, with the real server."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from chromium import Window, opened_window
from declaration_pages import require_readable
from dp3t import random_from_os
from dp3t.facilities import Answer, Enrolment, Resolution, Verdict, Words, act_digest
from key_server import NOW, in_process
from server_facilities import (
    FACILITIES_ON,
    FOR_AUTHORITY,
    OBJECTIONS,
    enrolled,
    objection_of,
    send,
)
from spec.vectors.builders.facility_record import SETTINGS, Record, facility, key_of

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, Route

pytestmark = pytest.mark.asyncio(loop_scope="module")
OUTLINE = [[107.4, 16.3], [107.8, 16.3], [107.8, 16.6], [107.4, 16.3]]
SCRIPT = '<img src=x onerror="document.title=1">'
STATES = "[...document.querySelectorAll('#list li')].map((item) => item.className)"
District = tuple[Window, Record]


@pytest_asyncio.fixture(loop_scope="module")
async def district(chromium: "Browser", tmp_path: Path) -> AsyncIterator[District]:
    """A telephone's window on a server with three schools that have not attested today."""
    outline = tmp_path / "outline.geojson"
    outline.write_text(json.dumps({"type": "Polygon", "coordinates": [OUTLINE]}))
    config = FACILITIES_ON.with_settings(facility_boundaries=str(outline))
    async with (
        in_process(tmp_path, config=config) as server,
        opened_window(chromium, server) as window,
    ):
        record = await enrolled(server, "le-loi", "tran-phu")
        school = replace(
            facility("dai-hoc", longitude_microdegrees=107_700_000), name=f"Đại học {SCRIPT}"
        )
        signed = record.put(
            "authority",
            Enrolment,
            NOW,
            facility=school,
            public=key_of("dai-hoc").public().public,
            first_day=SETTINGS.day_of_place(NOW),
        )
        assert (await send(server, signed, path=FOR_AUTHORITY))["refusal"] is None
        await window.page.set_viewport_size({"width": 390, "height": 844})
        yield window, record
        assert window.complaints == []


async def open_map(window: Window, language: str = "vi") -> "Page":
    """Open the map and wait for it to be live."""
    await window.page.goto(f"{window.server.url}/facilities/{language}/")
    await window.page.wait_for_selector("#live:not(.broken)")
    return window.page


async def open_place(window: Window, name: str, language: str = "vi") -> "Page":
    """Open the page of a facility and wait for it to be live."""
    await window.page.goto(f"{window.server.url}/facilities/{language}/places/{name}")
    await window.page.wait_for_selector("#live:not(.broken)")
    return window.page


async def shown_within(page: "Page", condition: str, seconds: float = 2) -> None:
    """Wait until something holds on a page, at most so long; its policy lets no text be code."""
    async with asyncio.timeout(seconds):
        while not await page.evaluate(f"Boolean({condition})"):
            await asyncio.sleep(0.02)


def words_of(text: str) -> Words:
    return Words.write(text, rand=random_from_os)


@pytest.mark.spec("MAP-PAGE-10", "MAP-PAGE-12", "MAP-PAGE-13", "MAP-PAGE-16", "MAP-PAGE-23")
async def test_what_happens_is_on_open_pages_within_two_seconds(
    chromium: "Browser", district: District
) -> None:
    window, record = district
    server, page = window.server, await open_map(window)
    assert await page.evaluate(STATES) == ["overdue"] * 3
    first = page.locator("#list li").first
    assert await first.locator("a").inner_text() == f"Đại học {SCRIPT}"
    assert "Quá hạn" in await first.inner_text()
    async with opened_window(chromium, server) as other:
        place = await open_place(other, "le-loi")
        assert "chưa có bản khai" in await place.inner_text("#reasons")
        await send(server, record.attest("le-loi", NOW))
        await shown_within(page, f"{STATES}.join() === 'overdue,overdue,safe'")
        await shown_within(place, "document.querySelector('#state.safe')")
        assert await place.locator("#tasks .done").count() == 3
        complaint = words_of(f"Không có xà phòng {SCRIPT}")
        (objection,) = await objection_of(server, "le-loi", words=complaint)
        assert (await send(server, objection, complaint, path=OBJECTIONS))["refusal"] is None
        await shown_within(page, f"{STATES}[0] === 'contested'")
        await shown_within(place, "document.querySelector('#state.contested')")
        assert complaint.text in await place.inner_text("#objections")
        await answered(window, record, objection)
        await shown_within(page, f"{STATES}[2] === 'safe'")
        await shown_within(place, "document.querySelector('.objection.dismissed .words')")
        said = await place.inner_text("#objections")
        assert "Đã mua xà phòng" in said
        assert "Đã kiểm tra" in said
        assert await place.locator(".day").count() == 42
        assert await place.evaluate("document.querySelectorAll('#record .mark.good').length") == 5
        assert not await place.is_visible("#doubt")
        assert other.complaints == []


async def answered(window: Window, record: Record, objection: bytes) -> None:
    """Let the school answer, and the authority dismiss the objection."""
    answer, verdict = words_of("Đã mua xà phòng"), words_of("Đã kiểm tra")
    digest = act_digest(objection)
    fields: dict[str, Any] = {"objection": digest, "words": answer.commitment()}
    signed = record.put("le-loi", Answer, NOW, facility="le-loi", **fields)
    assert (await send(window.server, signed, answer))["refusal"] is None
    fields = {"objection": digest, "words": verdict.commitment(), "verdict": Verdict.DISMISSED}
    signed = record.put("authority", Resolution, NOW, **fields)
    sent = await send(window.server, signed, verdict, path=FOR_AUTHORITY)
    assert sent["refusal"] is None


@pytest.mark.spec("MAP-PAGE-6", "MAP-PAGE-7", "MAP-PAGE-9", "MAP-PAGE-11")
async def test_people_find_filter_and_move_by_keys_and_nobody_hears_of_it(
    district: District,
) -> None:
    window, record = district
    await send(window.server, record.attest("le-loi", NOW))
    page, asked = await open_map(window, "en"), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    await page.fill("#search", "dai hoc")
    await shown_within(page, "document.querySelectorAll('#list li').length === 1")
    assert "1 of 3" in await page.inner_text("#shown")
    await page.fill("#search", "")
    await page.get_by_role("button", name="Safe 1").click()
    assert await page.evaluate(STATES) == ["safe"]
    await page.locator("#map").focus()
    await page.keyboard.press("Enter")
    assert await page.inner_text("#card-name") == "Trường le-loi"
    assert await page.evaluate("document.activeElement.id") == "card-name"
    await page.keyboard.press("Escape")
    assert await page.evaluate("document.activeElement.id") == "map"
    assert not await page.is_visible("#card")
    for key in ("Home", "ArrowLeft", "+", "-"):
        await page.keyboard.press(key)
    await page.click("#list .on-map")
    assert await page.is_visible("#card")
    await page.click("#card-close")
    box = await page.locator("#map").bounding_box()
    assert box is not None
    await page.mouse.click(box["x"] + box["width"] / 2 + 5, box["y"] + box["height"] / 2)
    assert await page.is_visible("#card")
    await page.click("#card-close")
    await page.mouse.click(box["x"] + box["width"] / 2 + 60, box["y"] + box["height"] / 2)
    assert not await page.is_visible("#card")
    assert asked == []
    await page.goto("about:blank")
    await page.go_back()
    await shown_within(page, f"{STATES}.join() === 'safe'", seconds=10)
    assert "#state=safe&at=16.4" in page.url
    await page.click("button[type=reset]")
    await shown_within(page, f"{STATES}.length === 3")
    assert not any("safe" in url for url in asked)


@pytest.mark.spec("MAP-PAGE-12", "MAP-PAGE-13", "MAP-PAGE-15")
async def test_a_broken_stream_is_told_and_an_order_stays_under_a_finger(
    district: District,
) -> None:
    window, record = district
    page = window.page
    await page.route("**/v1/facilities/live*", lambda route: route.abort())
    await page.goto(f"{window.server.url}/facilities/vi/")
    await page.wait_for_selector("#live:has-text('Mất kết nối từ')")
    await page.unroute("**/v1/facilities/live*")
    await send(window.server, record.attest("dai-hoc", NOW))
    await page.wait_for_selector("#live:has-text('Trực tiếp')")
    await shown_within(page, f"{STATES}.join() === 'overdue,overdue,safe'")
    window.forget("ERR_FAILED")
    await page.focus("#list a")
    await send(window.server, record.attest("le-loi", NOW))
    await shown_within(page, f"{STATES}.join() === 'safe,overdue,safe'")
    assert await page.evaluate("document.activeElement.textContent") == "Trường le-loi"
    await page.evaluate("document.activeElement.blur()")
    await send(window.server, record.close("tran-phu", NOW, from_day=0), path=FOR_AUTHORITY)
    await shown_within(page, f"{STATES}.join() === 'safe,safe,closed'")


@pytest.mark.spec("MAP-PAGE-1", "MAP-PAGE-17", "MAP-PAGE-18", "MAP-PAGE-19")
async def test_what_a_server_forges_is_not_shown_or_marked(district: District) -> None:
    window, record = district
    await send(window.server, record.rekey("le-loi", NOW, key_of("another")))
    await send(window.server, record.attest("le-loi", NOW))
    page = window.page

    async def forge_map(route: "Route") -> None:
        body = await (await route.fetch()).body()
        await route.fulfill(body=body.replace(b'"overdue"', b'"unsafe!"'), status=200)

    async def forge_place(route: "Route") -> None:
        said = await (await route.fetch()).json()
        act = bytearray(base64.b64decode(said["acts"][-1]["act"]))
        act[20] ^= 1
        said["acts"][-1]["act"] = base64.b64encode(act).decode()
        await route.fulfill(json=said)

    await page.route("**/v1/facilities/map", forge_map)
    await page.goto(f"{window.server.url}/facilities/vi/")
    await page.wait_for_selector("#failed:not([hidden])")
    assert await page.locator("#list li").count() == 0
    await page.route("**/v1/facilities/places/*", forge_place)
    await open_place(window, "le-loi")
    assert "không kiểm tra được" in await page.inner_text("#doubt")
    assert "bị thiếu" in await page.inner_text("#doubt")
    assert await page.locator("#tasks .done").count() == 0
    await page.click("#record-title")
    assert await page.locator("#record .mark.bad").count() == 1


@pytest.mark.spec("MAP-PAGE-24")
@pytest.mark.parametrize("language", ["vi", "en"])
async def test_the_pages_are_for_everybody(district: District, language: str) -> None:
    window, _ = district
    (objection,) = await objection_of(window.server, "le-loi")
    await send(window.server, objection, path=OBJECTIONS)
    page = await open_map(window, language)
    await require_accessible(page)
    await require_readable(window)
    await page.evaluate("document.documentElement.style.fontSize = ''")
    await open_place(window, "le-loi", language)
    await page.click("#record-title")
    await require_accessible(page)
    await require_readable(window)


async def require_accessible(page: "Page") -> None:
    """Fail where axe-core finds something wrong."""
    pytest.importorskip("axe_core_python", reason="axe-core-python is not installed")
    script = resources.files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")
    await page.evaluate(script)
    found = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
