"""Officials' pages: a gate's, and the one that opens declarations; scripts do what they do."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from dp3t.arrivals import Verdict, form_document
from dp3t_server.web.arrivals import given_to_scripts
from dp3t_server.web.entrance import Visit

_FORM: Mapping[str, Any] = json.loads(form_document())
_POINTS = next(
    field["choices"]
    for section in _FORM["sections"]
    for field in section["fields"]
    if field["name"] == "arrival_point"
)


async def gate(visit: Visit) -> web.Response:
    """Show the page that checks receipts without a network [ARRIVALS-PAGE-13]."""
    speech = visit.speech
    verdicts = {each.value: each.vi if speech.tag == "vi" else each.en for each in Verdict}
    given = given_to_scripts(visit.request, speech, sections=("gate", "officials"))
    return visit.page(
        "gate.html",
        here="gate",
        script="gate",
        points=_POINTS,
        given={**given, "verdicts": verdicts},
    )


async def opening(visit: Visit) -> web.Response:
    """Show the page that opens declarations [ARRIVALS-PAGE-18]."""
    given = given_to_scripts(visit.request, visit.speech, sections=("opening", "officials"))
    return visit.page(
        "opening.html", here="declarations", script="opening", roles=_FORM["roles"], given=given
    )
