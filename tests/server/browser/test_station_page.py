"""A health station's page in Chromium, with the real server."""

import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from chromium import Window, opened_window
from declaration_pages import DESKTOP, key_file
from dp3t import Instant
from dp3t.codec import pad
from dp3t.primitives import X25519PrivateKey, hpke_seal_with_os_randomness
from dp3t.symptoms import SealedHelp
from dp3t.symptoms.callback import CallMe, ICallYou, VisitMe
from dp3t.timeline import Day
from dp3t_server.symptom_documents import install
from dp3t_server.symptom_store import Kind
from expectations import expected
from key_server import DAY, NOW, InnerServer, in_process
from server_symptoms import HELP, SYMPTOMS_ON, listed_help, send
from stations import DA_NANG, HUE, private, request, station, station_keys
from surveys import AUTHORITY

if TYPE_CHECKING:
    from playwright.async_api import Browser, Route

pytestmark = pytest.mark.asyncio(loop_scope="module")

LATE = {"start": NOW - DAY, "end": NOW + 30 * DAY}
KEYS = replace(
    station_keys(station(HUE, "Huế", **LATE), station(DA_NANG, "Đà Nẵng", **LATE)),
    valid_from=Instant(NOW - DAY),
    valid_until=Instant(NOW + 30 * DAY),
)
SCRIPT = "<img src=x onerror=document.title='taken'>"


@pytest_asyncio.fixture(loop_scope="module")
async def nurse(chromium: "Browser", tmp_path: Path) -> AsyncIterator[Window]:
    """Somebody of a station who is signed in."""
    async with (
        in_process(tmp_path, config=SYMPTOMS_ON) as server,
        opened_window(chromium, server) as window,
    ):
        await install(server.parts, Kind.STATIONS, KEYS.sign(AUTHORITY), now=Instant(NOW))
        await window.page.clock.set_fixed_time(NOW)
        await window.page.set_viewport_size(DESKTOP)
        await window.sign_in("en")
        yield window
        assert window.complaints == []


async def ask_for_help(server: InnerServer, **changes: Any) -> None:
    sealed = request(**{"asked": Instant(NOW), **changes}).seal_with_os_randomness(KEYS)
    assert await send(server, sealed, path=HELP) == "accepted"


def of_no_app() -> bytes:
    """Return a request that the station of Huế opens and no app writes."""
    whole = request(asked=Instant(NOW)).seal_with_os_randomness(KEYS)
    content = pad(b'{"who":"nobody"}', to_bytes=4_039)
    context = b"dp3t help 1\0" + whole[:9]
    return whole[:9] + hpke_seal_with_os_randomness(
        private("Huế").public(), content, context=context
    )


async def opened(window: Window, folder: Path, *keys: X25519PrivateKey) -> list[str]:
    """Open what some keys open; return the cards."""
    files = [key_file(folder, f"key-{at}", key.to_bytes()) for at, key in enumerate(keys)]
    await window.go("en/help")
    await window.page.set_input_files("#key", files)
    await window.page.click("#open")
    await window.page.wait_for_selector("#said:not([hidden])")
    return await window.page.locator("#requests > li").all_inner_texts()


@pytest.mark.spec("STATION-PAGE-1", "STATION-PAGE-2", "STATION-PAGE-4")
async def test_a_station_reads_what_was_sealed_to_it_and_hears_how_many_were_not(
    nurse: Window, tmp_path: Path
) -> None:
    server = nurse.server
    visit = VisitMe(address="12 Lê Lợi, Huế", day=Day(18_814), from_hour=8, until_hour=11)
    await ask_for_help(server, message=SCRIPT, callback=visit)
    await ask_for_help(server, who="Anh Minh", callback=ICallYou(code="01234567"))
    await ask_for_help(server, commune=DA_NANG, callback=CallMe(telephone="113"))
    assert await send(server, of_no_app(), path=HELP) == "accepted"
    cards = sorted(await opened(nurse, tmp_path, private("Huế")))
    assert [card.partition("\n")[0] for card in cards] == ["Anh Minh", "Chị Lệ"]
    assert "They will call and say the code 01234567" in cards[0]
    assert SCRIPT in cards[1]
    assert "Visit 12 Lê Lợi, Huế, Tuesday, July 6, 2021, between 8 and 11" in cards[1]
    said = await nurse.page.inner_text("#said")
    assert said == (
        "To this station: 2. Not opened by this key: 1. Not in the form of a request: 1."
    )
    assert len(await opened(nurse, tmp_path, private("Huế"), private("Đà Nẵng"))) == 3
    assert "taken" not in await nurse.page.title()


@pytest.mark.spec("STATION-PAGE-1")
async def test_requests_of_several_pages_are_listed_the_oldest_first(
    nurse: Window, tmp_path: Path
) -> None:
    for ago in range(4):
        await ask_for_help(nurse.server, who=f"{ago}", asked=Instant(NOW - 60 * ago))

    async def one_at_a_time(route: "Route") -> None:
        after = route.request.url.partition("?after=")[2]
        left = [
            {"name": name, "sealed": base64.b64encode(sealed).decode()}
            for name, sealed in (await listed_help(nurse.server)).items()
            if name > after
        ]
        await route.fulfill(json={"help_requests": left[:1], "more": len(left) > 1})

    await nurse.page.route("**/operator/data/help*", one_at_a_time)
    cards = await opened(nurse, tmp_path, private("Huế"))
    assert [card.partition("\n")[0] for card in cards] == ["3", "2", "1", "0"]


@pytest.mark.spec("STATION-PAGE-3", "STATION-PAGE-5")
async def test_what_is_answered_is_erased_and_nothing_else_leaves(
    nurse: Window, tmp_path: Path
) -> None:
    await ask_for_help(nurse.server)
    await ask_for_help(nurse.server, commune=DA_NANG)
    page, sent = nurse.page, list[Any]()
    page.on("request", lambda each: sent.append((each.method, each.post_data)))
    await opened(nurse, tmp_path, private("Huế"))
    page.once("dialog", lambda dialog: dialog.dismiss())
    await page.click("#requests button")
    assert len(await listed_help(nurse.server)) == 2
    page.once("dialog", lambda dialog: dialog.accept())
    await page.click("#requests button")
    await page.wait_for_selector("text=The request is erased")
    (left,) = (await listed_help(nurse.server)).values()
    assert SealedHelp.decode(left).open([private("Đà Nẵng")]).commune == DA_NANG
    assert {each for each in sent if each[0] != "GET"} == {("DELETE", None)}
    assert await page.evaluate("localStorage.length") == 0


@pytest.mark.spec("STATION-PAGE-1")
async def test_a_file_that_is_no_key_is_named_as_such(nurse: Window, tmp_path: Path) -> None:
    await nurse.go("en/help")
    await nurse.page.set_input_files("#key", key_file(tmp_path, "short", bytes(31)))
    await nurse.page.click("#open")
    await expected(nurse.page, "#key-error").to_contain_text("64 hexadecimal digits")
    await expected(nurse.page, "#key").to_have_attribute("aria-invalid", "true")
    await expected(nurse.page, "#key").to_be_focused()
