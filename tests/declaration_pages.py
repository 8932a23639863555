"""Travellers and officials before the pages of declarations, in Chromium."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chromium import Window
from dp3t.arrivals.travel_document import check_digit
from key_server import NOW

if TYPE_CHECKING:
    from playwright.async_api import Page, ViewportSize

READABLE = 4.5
PHONE: "ViewportSize" = {"width": 390, "height": 844}
DESKTOP: "ViewportSize" = {"width": 1280, "height": 900}
ENTRY = datetime.fromtimestamp(NOW, UTC) + timedelta(hours=9)
"""The next morning's small hours are still this day at the server."""

ANSWERS: Mapping[str, Any] = {
    "surname": "Nguyễn",
    "given_names": "Thị Ánh",
    "sex": "F",
    "birth_date": "1984-02-29",
    "nationality": "VN",
    "document_kind": "passport",
    "document_number": "C1234567",
    "document_country": "VN",
    "document_expiry": "2030-12-31",
    "phone": "+84912345678",
    "arrival_point": "ADAD",
    "arrival": f"{ENTRY:%Y-%m-%dT%H:%M}",
    "means": "air",
    "carrier": "Vietnam Airlines",
    "service_number": "VN311",
    "places": [
        {
            "country": "JP",
            "place": "Osaka",
            "first_day": f"{ENTRY - timedelta(20):%Y-%m-%d}",
            "last_day": f"{ENTRY:%Y-%m-%d}",
        }
    ],
    "companions": [{"surname": "Trần", "birth_date": "2018-05-00", "relation": "child"}],
    "province": "48",
    "commune": "Phường Hải Châu",
    "street": "12 phố <b>Bạch Đằng</b>",
    "quarantine": "home",
    "symptoms": ["fever", "cough"],
    "symptoms_since": f"{ENTRY - timedelta(2):%Y-%m-%d}",
    "contact": "no",
    "vaccinations": [{"product": "AZD1222", "day": "2021-05-01"}],
}
DOCUMENT = ("C1234567", "840229", "301231")


def zone(number: str = "C1234567", birth: str = "840229", expiry: str = "301231") -> str:
    """Return the two lines of a passport."""
    fields = f"{number:<<9}", birth, expiry
    digits = [each + check_digit(each) for each in fields]
    second = f"{digits[0]}VNM{digits[1]}F{digits[2]}".ljust(43, "<") + "0"
    return f"{'P<VNMNGUYEN<<THI<ANH':<<44}\n{second}"


async def open_form(
    window: Window, language: str = "vi", *, size: "ViewportSize" = PHONE
) -> "Page":
    """Open the traveller's page at the server's moment; return it when it is ready."""
    page = window.page
    await page.clock.set_fixed_time(NOW)
    await page.set_viewport_size(size)
    await page.goto(f"{window.server.url}/arrivals/{language}/")
    await page.wait_for_selector("#declaring:not([hidden])")
    return page


_FILL = """([answers]) => {
  const tell = (each) => each.dispatchEvent(new Event("input", { bubbles: true }));
  const put = (path, value) => {
    const at = document.getElementById(path);
    if (Array.isArray(value) && typeof value[0] === "object") {
      value.forEach((item, number) => {
        const base = `${path}-${number + 1}`;
        if (!document.getElementById(base)) at.querySelector(":scope > [data-add]").click();
        for (const [name, each] of Object.entries(item)) put(`${base}-${name}`, each);
      });
    } else if (at) {
      at.value = value;
      tell(at);
    } else if (document.getElementById(`${path}-year`)) {
      const parts = value.split("-");
      ["year", "month", "day"].forEach((part, n) => put(`${path}-${part}`, parts[n]));
    } else {
      for (const code of [value].flat()) document.getElementById(`${path}-${code}`).click();
    }
  };
  for (const [name, value] of Object.entries(answers)) put(name, value);
}"""


async def fill_at_once(page: "Page", answers: Mapping[str, Any] = ANSWERS) -> None:
    """Fill an empty form in, faster than anybody types."""
    await page.evaluate(_FILL, [dict(answers)])


async def fill(page: "Page", answers: Mapping[str, Any] = ANSWERS, base: str = "") -> None:
    """Fill the form in, as a person would: in its order, what is asked."""
    for name, value in answers.items():
        await _answer(page, base + name, value)


async def _answer(page: "Page", path: str, value: Any) -> None:
    field = page.locator(f"#{path}")
    if isinstance(value, list) and isinstance(value[0], dict):
        for number, item in enumerate(value, start=1):
            if not await page.locator(f"#{path}-{number}").count():
                await page.click(f"#{path} > [data-add]")
            await fill(page, item, f"{path}-{number}-")
    elif isinstance(value, list):
        for code in value:
            await page.check(f"#{path}-{code}")
    elif not await field.count():
        await _choose(page, path, value)
    elif await field.evaluate("each => each.tagName") == "SELECT":
        await field.select_option(value)
    else:
        await field.fill(value)


async def _choose(page: "Page", path: str, value: str) -> None:
    if await page.locator(f"#{path}-year").count():
        for part, text in zip(("year", "month", "day"), value.split("-"), strict=True):
            await page.fill(f"#{path}-{part}", text)
    else:
        await page.check(f"#{path}-{value}")


async def declare(page: "Page") -> str:
    """Send what was filled in; return the text of the receipt."""
    await page.click("#send")
    await page.wait_for_selector("#code svg")
    return await page.inner_text("#receipt-text")


async def require_readable(window: Window) -> None:
    """Fail where one scrolls sideways or a text has too little contrast, in either scheme."""
    for scheme, (width, size) in product(("light", "dark"), ((320, "100%"), (1280, "200%"))):
        await window.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        await window.page.set_viewport_size({"width": width, "height": 800})
        await window.page.evaluate(f"document.documentElement.style.fontSize = '{size}'")
        assert not await window.overflows(), width
        contrast, text = await window.least_contrast()
        assert contrast >= READABLE, text


def key_file(folder: Path, name: str, key: bytes) -> Path:
    """Write a key as the program writes it; return the file."""
    file = folder / name
    file.write_text(f"{key.hex()}\n")
    return file
