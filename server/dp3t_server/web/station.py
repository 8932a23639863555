"""A health station's page: requests for help, opened in the browser [STATION-PAGE-1]."""

from aiohttp import web

from dp3t_server.web.arrivals import given_to_scripts
from dp3t_server.web.entrance import Visit


async def station(visit: Visit) -> web.Response:
    """Show the page."""
    given = given_to_scripts(visit.request, visit.speech, sections=("station", "officials"))
    return visit.page("station.html", here="help", script="station", given=given)
