"""The operator's pages in Chromium: what a person does, sees, prints and leaves behind."""

from itertools import product
from random import Random
from typing import TYPE_CHECKING

import pytest

from chromium import Window
from dp3t import Instant, Phone, day_of
from dp3t.client import Client
from expectations import expected
from key_server import DAY, NOW, InnerServer
from operator_pages import LANGUAGES, SIGNED_IN_PAGES

if TYPE_CHECKING:
    from playwright.async_api import Route

pytestmark = pytest.mark.asyncio(loop_scope="module")

RAND = Random("a person before a screen").randbytes
READABLE = 4.5
without_scripts = pytest.mark.parametrize("window", [{"no_scripts": True}], indirect=True)


def patient() -> Phone:
    """Return a phone that is about to report its last days."""
    phone = Phone.create("gaen", now=Instant(NOW - 2 * DAY), rand=RAND)
    phone.tick(Instant(NOW), rand=RAND)
    phone.report(since=day_of(Instant(NOW - DAY)), now=NOW, rand=RAND)
    return phone


@pytest.mark.spec("OPERATOR-PAGE-1", "OPERATOR-PAGE-11")
async def test_a_code_from_the_page_lets_a_phone_report(
    window: Window, server: InnerServer
) -> None:
    await window.go("")
    assert await window.heading() == "Đăng nhập"
    await window.sign_in()
    codes = await window.issue(3)
    assert await window.heading() == "Mã đã cấp: 3"
    phone = patient()
    async with Client(server.url, view=server.view()) as client:
        await client.upload(phone, codes[1])
    assert phone.pending is None
    await window.page.click("text=Xong, cấp mã khác")
    await expected(window.page, "#count").to_be_visible()
    assert await window.page.locator(".code").count() == 0


@pytest.mark.spec("OPERATOR-PAGE-12", "OPERATOR-PAGE-10")
async def test_a_code_is_activated_and_revoked(window: Window, server: InnerServer) -> None:
    await window.sign_in()
    first, second = await window.issue(2, kind="activated")
    for code in (first, second):
        await window.page.click("nav >> text=Kích hoạt mã")
        await window.page.fill("#code", code.display())
        await window.page.fill("#first_day", "2021-07-03")
        await window.press()
        until = "01:00 thứ Ba, ngày 6 tháng 7"
        await expected(window.page, ".notice").to_contain_text(until)
    await window.page.click("nav >> text=Thu hồi mã")
    await window.page.fill("#code", second.digits())
    await window.press()
    await expected(window.page, ".notice").to_contain_text("không dùng được nữa")
    phone, late = patient(), patient()
    async with Client(server.url, view=server.view()) as client:
        await client.upload(phone, first)
        with pytest.raises(Exception, match="unknown-code"):
            await client.upload(late, second)


@pytest.mark.spec("OPERATOR-PAGE-2", "OPERATOR-PAGE-6")
async def test_after_signing_out_the_back_button_shows_nothing(window: Window) -> None:
    await window.sign_in()
    (cookie,) = await window.page.context.cookies()
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Strict")
    assert (cookie["expires"], cookie["path"]) == (-1, "/")
    (code,) = await window.issue(1)
    await window.page.click("text=Đăng xuất")
    await expected(window.page, "#token").to_be_visible()
    assert await window.page.context.cookies() == []
    for _ in range(3):
        assert code.display()[:9] not in await window.back()
        assert await window.page.locator(".code, .menu").count() == 0
    window.complaints.clear()  # that a form's answer is not kept is one


@pytest.mark.spec("OPERATOR-PAGE-7")
async def test_a_fault_stands_beside_its_field_and_keeps_what_was_typed(window: Window) -> None:
    await window.sign_in("en")
    await window.go("en/activate")
    await window.page.fill("#code", "1234 5678 <b>")
    await window.page.fill("#first_day", "2021-07-01")
    await window.press()
    await window.forgive(400)
    await expected(window.page, "#code-error").to_contain_text("22 digits")
    assert await window.page.input_value("#code") == "1234 5678 <b>"
    assert await window.page.input_value("#first_day") == "2021-07-01"
    described = await window.page.get_attribute("#code", "aria-describedby")
    assert described == "code-hint code-error"
    assert (await window.page.title()).startswith("Error: ")


@pytest.mark.spec("OPERATOR-PAGE-5")
async def test_a_form_on_another_site_does_nothing(window: Window, server: InnerServer) -> None:
    await window.sign_in("en")
    form = (
        f'<form method="post" action="{server.url}/operator/en/issue">'
        '<input name="count" value="1"><input name="kind" value="simple"><button>go</button></form>'
    )

    async def elsewhere(route: "Route") -> None:
        await route.fulfill(body=form, content_type="text/html")

    await window.page.route("http://elsewhere.example/**", elsewhere)
    await window.page.goto("http://elsewhere.example/")
    await window.page.click("button")
    await expected(window.page, "h1").to_have_text("That did not work")
    await window.forgive(403)
    await window.go("en/issue")
    assert await window.heading() == "Issue codes"


@pytest.mark.spec("OPERATOR-PAGE-6")
async def test_what_somebody_smuggles_into_a_page_does_not_run(window: Window) -> None:
    await window.sign_in("en")
    await window.page.evaluate(
        """() => {
          document.querySelector("main").innerHTML += '<img src="x:" onerror="document.title=1">';
          const script = document.createElement("script");
          script.textContent = "document.title = 2";
          document.body.append(script);
        }"""
    )
    await window.page.wait_for_timeout(200)
    assert await window.page.title() == "Issue codes · Report codes"
    assert sum("Content Security Policy" in each for each in window.complaints) >= 2
    window.complaints.clear()


@pytest.mark.spec("OPERATOR-PAGE-13")
@without_scripts
async def test_no_script_is_needed(window: Window, server: InnerServer) -> None:
    await window.sign_in()
    (code,) = await window.issue(1)
    async with Client(server.url, view=server.view()) as client:
        await client.upload(patient(), code)


@pytest.mark.spec("OPERATOR-PAGE-13")
async def test_a_keyboard_is_enough_and_shows_where_it_is(window: Window) -> None:
    press, page = window.page.keyboard.press, window.page
    await window.go("en/")
    await window.type_and_enter(window.server.data.token.read_text().strip())
    await expected(page, "h1").to_have_text("Issue codes")
    met = []
    for _ in range(12):
        await press("Tab")
        met.append(
            await page.evaluate(
                """() => {
                  const at = document.activeElement, look = getComputedStyle(at);
                  return [at.id || at.textContent, look.outlineStyle, look.outlineWidth];
                }"""
            )
        )
        if met[-1][0] == "count":
            break
    names = [name for name, _, _ in met]
    menu = ["Issue codes", "Activate a code", "Revoke a code", "State", "Statistics"]
    assert names == ["Skip to the content", "Tiếng Việt", "Sign out", *menu, "count"]
    assert {tuple(look) for _, *look in met} == {("solid", "3px")}
    await press("Control+A")
    await page.keyboard.type("2")
    await press("Tab")
    await press("Space")
    await window.type_and_enter()
    await expected(page, "h1").to_have_text("Codes issued: 2")
    await press("Tab")
    await press("Enter")
    assert page.url.endswith("#content")


@pytest.mark.spec("OPERATOR-PAGE-13")
async def test_every_page_fits_a_narrow_screen_and_large_letters_and_is_readable(
    window: Window,
) -> None:
    """At 320 px, zoomed to twice the size (half the width), and with letters of twice the size."""
    await window.sign_in()
    pages = [f"{tag}/{page}" for tag, page in product(LANGUAGES, SIGNED_IN_PAGES)]
    for path in [*pages, "codes", "vi/"]:
        if path == "codes":
            await window.go("vi/issue")
            await window.issue(1)
        elif path == "vi/":
            await window.page.click("text=Đăng xuất")
        else:
            await window.go(path)
        await window.page.wait_for_load_state()  # a click waits for no style sheet
        for scheme, (width, size) in product(
            ("light", "dark"), ((320, "100%"), (640, "100%"), (1280, "200%"))
        ):
            await window.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            await window.page.set_viewport_size({"width": width, "height": 800})
            await window.page.evaluate(f"document.documentElement.style.fontSize = '{size}'")
            assert not await window.overflows(), (path, width)
            contrast, text = await window.least_contrast()
            assert contrast >= READABLE, (path, scheme, text)


@pytest.mark.spec("OPERATOR-PAGE-14")
async def test_what_is_printed_is_the_cards_alone(window: Window) -> None:
    await window.sign_in()
    codes = await window.issue(3)
    await window.page.wait_for_load_state()
    await window.page.emulate_media(media="print")
    shown = await window.page.inner_text("body")
    assert shown.count("Mã báo cáo") == 3
    assert all(code.display().replace(" ", "") in "".join(shown.split()) for code in codes)
    for others in ("Ctrl", "Đăng xuất", "Thống kê", "Mã đã cấp"):
        assert others not in shown
    breaks = "getComputedStyle(document.querySelector('.card')).breakInside"
    assert await window.page.evaluate(breaks) == "avoid"
    assert (await window.page.pdf()).startswith(b"%PDF")
