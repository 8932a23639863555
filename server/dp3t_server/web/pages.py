"""What a page is made of: templates, one language, headers that keep others out."""

from collections.abc import Mapping
from importlib import resources

from aiohttp import web
from aiohttp.typedefs import Handler
from jinja2 import DictLoader, Environment, StrictUndefined

from dp3t_server.app_keys import PARTS
from dp3t_server.config import Config
from dp3t_server.faults import FAULT
from dp3t_server.regions import path_of
from dp3t_server.web.language import TAGS, Language, language, wanted

ROOT = "/operator/"
TRAVELLERS = "/arrivals/"
FACILITIES = "/facilities/"
_PUBLIC = {TRAVELLERS: "arrivals", FACILITIES: "facilities"}
"""Where the pages of the public are, which nobody signs in for, and the section of their texts."""

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""What stands on every page's answer [OPERATOR-PAGE-6] [ARRIVALS-PAGE-2]."""

_TEMPLATES = resources.files(__package__).joinpath("templates")
_environment = Environment(
    loader=DictLoader({file.name: file.read_text("utf-8") for file in _TEMPLATES.iterdir()}),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(
    request: web.Request, template: str, speech: Language, *, status: int = 200, **values: object
) -> web.Response:
    """Return a page.

    Args:
        request: what is answered.
        template: the name of its file.
        speech: the page's language.
        status: of the answer.
        values: what the template shows beside its texts.
    """
    config, root = request.app[PARTS].config, path_of(request) + root_of(request)
    section = _PUBLIC.get(root_of(request))
    name = "page.name_with_declarations" if config.declarations else "page.name"
    shown = {
        "lang": speech.tag,
        "say": speech.say,
        "site": speech.say(f"{section}.site" if section else name),
        "place": speech.say(f"{section}.place")
        if section
        else speech.say("page.place", region=config.region),
        "files": path_of(request) + ROOT,
        "root": f"{root}{speech.tag}/",
        "others": _elsewhere(request, speech),
        "pages": _menu(config),
        "declarations": config.declarations,
        "here": "",
        "form_token": "",
        "error": {},
        "notice": "",
        **values,
    }
    return web.Response(
        text=_environment.get_template(template).render(shown),
        status=status,
        content_type="text/html",
        charset="utf-8",
    )


def see(request: web.Request, path: str) -> web.Response:
    """Return the redirection that a browser follows with GET."""
    return web.Response(
        status=303, headers={"Location": path_of(request) + root_of(request) + path}
    )


def speech_of(request: web.Request) -> Language:
    """Return the language in the path, or the one that the browser wants."""
    tag = request.path.removeprefix(root_of(request)).partition("/")[0]
    return language(tag) if tag in TAGS else wanted(request.headers.get("Accept-Language", ""))


async def protect(request: web.Request, response: web.StreamResponse) -> None:
    """Put the headers on whatever leaves from here."""
    if _is_ours(request):
        response.headers.update(HEADERS)


@web.middleware
async def explain(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Say in a page what went wrong, where a person is waiting [OPERATOR-PAGE-7]."""
    answer = await handler(request)
    fault = answer.get(FAULT)
    if fault is None or not _is_ours(request) or not isinstance(answer, web.Response):
        return answer
    speech = speech_of(request)
    page = render(request, "fault.html", speech, text=speech.say(f"fault.{fault.code}"))
    answer.body, answer.content_type, answer.charset = page.body, "text/html", "utf-8"
    return answer


def root_of(request: web.Request) -> str:
    """Return under which of the roots a page stands."""
    return next((root for root in _PUBLIC if f"{request.path}/".startswith(root)), ROOT)


def _is_ours(request: web.Request) -> bool:
    return f"{request.path}/".startswith((ROOT, *_PUBLIC))


def _menu(config: Config) -> list[str]:
    """Return the pages that a region has; one that takes no codes has none for them."""
    activated = "activated" in config.authorizations
    tokens = config.declarations or config.facilities
    codes = activated or "simple" in config.authorizations or config.presence or tokens
    return [
        "issue",
        *["activate"] * activated,
        *["revoke"] * codes,
        *["gate", "declarations", "help"] * config.declarations,
        *["objections"] * config.facilities,
        "state",
        "statistics",
    ]


def _elsewhere(request: web.Request, speech: Language) -> list[tuple[str, str, str]]:
    """Return tag, name and address of the page in the other languages."""
    _, _, rest = request.path.removeprefix(root_of(request)).partition("/")
    place = rest if request.method == "GET" or rest in _PAGES_WITH_FORMS else ""
    root = path_of(request) + root_of(request)
    return [
        (tag, language(tag).say("page.language"), f"{root}{tag}/{place}")
        for tag in TAGS
        if tag != speech.tag
    ]


_PAGES_WITH_FORMS = ("issue", "activate", "revoke")
