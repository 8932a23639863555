"""What a page comes to show: looked at again and again, until it does or patience ends.

A click returns before a script that waits for something has answered it. So what a click brings
about is never read right after it, but expected.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Page
    from playwright.async_api._generated import LocatorAssertions

_PATIENCE_MILLISECONDS = 15_000


def expected(page: "Page", selector: str) -> "LocatorAssertions":
    """Return what waits for an element of a page to be as a test says."""
    from playwright.async_api import expect  # which a machine without a browser may lack

    expect.set_options(timeout=_PATIENCE_MILLISECONDS)
    return expect(page.locator(selector))
