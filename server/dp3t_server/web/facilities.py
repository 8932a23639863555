"""The public pages of facilities: the map, and the page of one of them."""

from aiohttp import web

from dp3t.facilities import public_words
from dp3t_server.app_keys import CLOCK, PARTS
from dp3t_server.regions import path_of
from dp3t_server.web.desk_files import worker_script
from dp3t_server.web.language import Language, wanted
from dp3t_server.web.pages import FACILITIES, ROOT, render, see, speech_of

_MAP = ("facilities",)
_PLACE = ("facilities", "acting", "objecting")
_DESK = ("facilities", "acting", "desk")


async def anywhere(request: web.Request) -> web.Response:
    """Send a browser to the map in its language."""
    answer = see(request, f"{wanted(request.headers.get('Accept-Language', '')).tag}/")
    answer.headers["Vary"] = "Accept-Language"
    return answer


async def map_page(request: web.Request) -> web.Response:
    """Show the map [MAP-PAGE-1]."""
    speech = speech_of(request)
    return render(request, "facilities_map.html", speech, given=given_of(request, speech, _MAP))


async def place_page(request: web.Request) -> web.Response:
    """Show one facility; which one, its script reads from the address."""
    speech = speech_of(request)
    return render(request, "facility_place.html", speech, given=given_of(request, speech, _PLACE))


async def desk(request: web.Request) -> web.Response:
    """Show a facility's own page; which facility it is, its browser knows [DESK-PAGE-1]."""
    speech = speech_of(request)
    return render(request, "desk.html", speech, given=given_of(request, speech, _DESK))


async def worker(_: web.Request) -> web.Response:
    """Hand out the program that keeps that page for when there is no network [DESK-PAGE-9]."""
    body = worker_script(files=ROOT, pages=FACILITIES)
    return web.Response(body=body, content_type="text/javascript", charset="utf-8")


def given_of(
    request: web.Request, speech: Language, sections: tuple[str, ...]
) -> dict[str, object]:
    """Return what the scripts of a page are given with it.

    Args:
        request: what is answered.
        speech: the page's language.
        sections: of the texts that the scripts say.
    """
    parts, now = request.app[PARTS], request.app[CLOCK].now()
    secrets, words = parts.secrets.load(), public_words()
    return {
        "language": speech.tag,
        "path": path_of(request),
        "region": parts.config.region,
        "boundaries": bool(parts.config.facility_boundaries),
        "authority": [],
        "signers": [key.public.hex() for key in secrets.public_since(now)],
        "kinds": {kind: said.in_language(speech.tag) for kind, said in words.kinds.items()},
        "roles": {role: said.in_language(speech.tag) for role, said in words.roles.items()},
        "texts": {
            name: text for name, text in speech.texts.items() if name.partition(".")[0] in sections
        },
    }
