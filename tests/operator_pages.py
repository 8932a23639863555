"""A person before the operator's pages, without a browser."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import MappingProxyType
from urllib.parse import urlencode

import aiohttp

from dp3t_server.web.sessions import COOKIE
from key_server import KeyServer

LANGUAGES = ("vi", "en")
SIGNED_IN_PAGES = ("issue", "activate", "revoke", "state", "statistics")
_NONE: Mapping[str, str] = MappingProxyType({})
_VOID = {"meta", "link", "input", "img", "br"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def place(self) -> str:
        """Where a redirection leads, without `/operator/`."""
        return self.headers.get("Location", "").removeprefix("/operator/")


@dataclass(slots=True)
class Person:
    """Somebody with a cookie, perhaps."""

    server: KeyServer
    cookie: str = ""
    language: str = "en"
    set_cookies: list[str] = field(default_factory=list)

    async def get(self, page: str = "", /, **headers: str) -> Answer:
        """Open a page of this language."""
        return await self.ask("GET", f"{self.language}/{page}", **headers)

    async def post(self, page: str, headers: Mapping[str, str] = _NONE, /, **fields: str) -> Answer:
        """Send a form of this language, with the token of its page unless one is named."""
        if self.cookie and "form_token" not in fields:
            fields["form_token"] = await self.form_token()
        typed = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        body = urlencode(fields).encode()
        return await self.ask("POST", f"{self.language}/{page}", body, **typed)

    async def ask(self, method: str, path: str, body: bytes = b"", /, **headers: str) -> Answer:
        """Send a request; keep the cookie that comes back."""
        cookies = {"Cookie": f"{COOKIE}={self.cookie}"} if self.cookie else {}
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.request(
                method,
                f"{self.server.url}/operator/{path}",
                data=body or None,
                headers={**cookies, **headers},
                allow_redirects=False,
            ) as response,
        ):
            self.set_cookies += response.headers.getall("Set-Cookie", [])
            if COOKIE in response.cookies:
                self.cookie = response.cookies[COOKIE].value
            return Answer(response.status, response.headers, await response.text())

    async def form_token(self) -> str:
        """Return what stands in the forms of the session."""
        return token_in((await self.get("issue")).text)

    async def sign_in(self) -> Answer:
        """Show the operator's token."""
        return await self.post("sign-in", token=self.server.data.token.read_text().strip())


async def signed_in(server: KeyServer, language: str = "en") -> Person:
    """Return somebody who is signed in."""
    person = Person(server, language=language)
    assert (await person.sign_in()).place == f"{language}/issue"
    return person


def token_in(text: str) -> str:
    """Return the token of a page's forms, or "" where it has none."""
    found = re.search(r'name="form_token" value="([0-9a-f]*)"', text)
    return found[1] if found else ""


def codes_in(text: str) -> list[str]:
    """Return the codes that a page shows."""
    return re.findall(r'<p class="code">(.*?)</p>', text)


class Reader(HTMLParser):
    """Reads a page as strictly as XML would, and notes what accessibility rests on.

    Attributes:
        faults: what is wrong with the markup.
        tags: each element's name and attributes, in order.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        self.faults += [f"{tag} is not closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(set(names)) < len(names):
            self.faults.append(f"{tag} has an attribute twice")
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"{tag} ends where it is not open")

    def all(self, *names: str) -> list[dict[str, str]]:
        """Return the attributes of every element of these names."""
        return [attributes for tag, attributes in self.tags if tag in names]
