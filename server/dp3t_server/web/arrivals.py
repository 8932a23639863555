"""The traveller's page: the form of an entry declaration, which the browser checks and seals."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from aiohttp import web

from dp3t.arrivals import form_document
from dp3t_server.app_keys import PARTS
from dp3t_server.faults import Fault, FaultError
from dp3t_server.middleware import read_body
from dp3t_server.regions import path_of
from dp3t_server.web.language import Language, wanted
from dp3t_server.web.pages import render, see, speech_of
from dp3t_server.web.qr import is_receipt_text, receipt_picture

_MAX_TEXT_BYTES = 512
_FORM: Mapping[str, Any] = json.loads(form_document())


async def anywhere(request: web.Request) -> web.Response:
    """Send a browser to the form in its language."""
    answer = see(request, f"{wanted(request.headers.get('Accept-Language', '')).tag}/")
    answer.headers["Vary"] = "Accept-Language"
    return answer


async def form_page(request: web.Request) -> web.Response:
    """Show the form, as its definition says [ARRIVALS-PAGE-1]."""
    speech = speech_of(request)
    given = given_to_scripts(request, speech, sections=("arrivals",))
    return render(request, "arrivals.html", speech, form=_FORM, given=given)


async def definition(_: web.Request) -> web.Response:
    """Hand out the definition by which the browser checks."""
    return web.Response(body=form_document(), content_type="application/json")


async def picture(request: web.Request) -> web.Response:
    """Draw the QR code of a receipt; its text comes in the body, where no log has it.

    Raises:
        FaultError: it is not the text of a receipt.
    """
    seconds = request.app[PARTS].config.body_timeout_seconds
    body = await read_body(request, most_bytes=_MAX_TEXT_BYTES, timeout_seconds=seconds)
    text = body.decode("ascii", errors="replace")
    if not is_receipt_text(text):
        raise FaultError(Fault.MALFORMED, "not the text of a receipt")
    return web.Response(body=receipt_picture(text), content_type="image/svg+xml")


def given_to_scripts(
    request: web.Request, speech: Language, *, sections: Iterable[str]
) -> dict[str, object]:
    """Return what the scripts of a page are given with it.

    Args:
        request: what is answered.
        speech: the page's language.
        sections: of the texts that the scripts say.
    """
    config = request.app[PARTS].config
    wanted_sections = set(sections)
    return {
        "language": speech.tag,
        "path": path_of(request),
        "authority": [
            {
                "public": key.public.hex(),
                "valid_from": key.valid_from,
                "valid_until": key.valid_until,
            }
            for key in (each.key for each in config.arrivals_authorities)
        ],
        "texts": {
            name: text
            for name, text in speech.texts.items()
            if name.partition(".")[0] in wanted_sections
        },
    }
