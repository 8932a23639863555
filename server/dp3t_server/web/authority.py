"""The authority's page: objections that nobody has decided, and acts signed in the browser."""

from aiohttp import web

from dp3t_server.web.entrance import Visit
from dp3t_server.web.facilities import given_of

_SECTIONS = ("facilities", "acting", "objections")


async def objections(visit: Visit) -> web.Response:
    """Show the page [OBJECTION-PAGE-7]."""
    given = given_of(visit.request, visit.speech, _SECTIONS)
    return visit.page("objections.html", here="objections", given=given)
