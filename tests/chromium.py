"""Chromium for tests: one window on a server, driven through playwright."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dp3t import UploadCode
from key_server import InnerServer

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

_PATIENCE_SECONDS = 10
_LOOKS = """() => {
  const shade = (words) => (words.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => {
    const part = (n) => (n /= 255, n <= 0.04045 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const found = shade(getComputedStyle(at).backgroundColor);
      if (found.length === 3) return found;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const speaks = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!speaks || !element.checkVisibility()) continue;
    const two = [light(shade(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(...two) + 0.05) / (Math.min(...two) + 0.05);
    found.push([ratio, element.textContent.trim()]);
  }
  return found.sort((one, other) => one[0] - other[0])[0];
}"""
"""The text that is hardest to read, with its contrast as WCAG 2 defines it."""


@dataclass(frozen=True, slots=True)
class Window:
    """A window.

    Attributes:
        page: what playwright drives.
        server: what it looks at.
        complaints: violations of the policy, messages of the console, faults of scripts.
    """

    page: "Page"
    server: InnerServer
    complaints: list[str] = field(default_factory=list)

    async def go(self, path: str) -> None:
        """Open a page under `/operator/`."""
        await self.page.goto(f"{self.server.url}/operator/{path}")

    async def sign_in(self, language: str = "vi") -> None:
        """Sign in by the form."""
        await self.go(f"{language}/")
        await self.page.fill("#token", self.server.data.token.read_text().strip())
        await self.press()
        assert self.page.url.endswith(f"/operator/{language}/issue")

    async def press(self) -> None:
        """Press the button of the page's own form."""
        await self.page.click("main button")

    async def issue(self, count: int, *, kind: str = "simple") -> Sequence[UploadCode]:
        """Issue codes by the form; return what the page then shows."""
        await self.page.fill("#count", str(count))
        await self.page.check(f"#kind-{kind}")
        await self.press()
        return [
            UploadCode.parse(code) for code in await self.page.locator(".code").all_inner_texts()
        ]

    async def heading(self) -> str:
        """Return the page's first heading."""
        return await self.page.inner_text("h1")

    async def type_and_enter(self, text: str = "") -> None:
        """Type into what has the focus, press Enter, and wait for the next page."""
        async with self.page.expect_navigation():
            await self.page.keyboard.type(text)
            await self.page.keyboard.press("Enter")

    async def back(self) -> str:
        """Go back; return all that is there then."""
        from playwright.async_api import Error

        with suppress(Error):  # of a form's answer that is not kept
            await self.page.go_back()
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                with suppress(Error):  # of a page that is still coming
                    return await self.page.content()
                await asyncio.sleep(0.02)

    async def overflows(self) -> bool:
        """Return whether one has to scroll sideways."""
        wider = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        return bool(await self.page.evaluate(wider))

    async def least_contrast(self) -> tuple[float, str]:
        """Return the least contrast of a text with its ground, and the text."""
        ratio, text = await self.page.evaluate(_LOOKS)
        return float(ratio), str(text)

    def forget(self, words: str) -> None:
        """Forget what the console said with these words."""
        self.complaints[:] = [each for each in self.complaints if words not in each]

    async def forgive(self, status: int) -> None:
        """Forget that the console noted one answer of a status, as it must have."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not self.complaints:
                await asyncio.sleep(0.02)
        (complaint,) = self.complaints
        assert f"responded with a status of {status}" in complaint
        self.complaints.clear()


@asynccontextmanager
async def running_chromium(program: str, *, sandbox: bool) -> AsyncIterator["Browser"]:
    """Start the program without a screen; root has no sandbox."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program, chromium_sandbox=sandbox
        )
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def opened_window(
    browser: "Browser", server: InnerServer, *, scripts: bool = True
) -> AsyncIterator[Window]:
    """Open a window that shares nothing with others: no cookie, no cache, no history."""
    context = await browser.new_context(locale="vi-VN", java_script_enabled=scripts)
    try:
        page = await context.new_page()
        window = Window(page, server)
        page.on("console", lambda message: window.complaints.append(message.text))
        page.on("pageerror", lambda error: window.complaints.append(str(error)))
        yield window
    finally:
        await context.close()
