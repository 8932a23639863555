"""Pages that say how the server is, and what it has done."""

from datetime import date

from aiohttp import web

from dp3t import Instant
from dp3t_server.app_keys import PARTS
from dp3t_server.health import state_of
from dp3t_server.stats import SMALL, statistics
from dp3t_server.web.entrance import Visit
from dp3t_server.web.moments import in_words


async def state(visit: Visit) -> web.Response:
    """Say what the health says, in plain words."""
    found = await state_of(visit.request.app)
    return visit.page(
        "state.html",
        here="state",
        state=found,
        status_text=visit.speech.say(f"state.{found.status}"),
        now=_moment(visit, visit.now),
        last=_moment(visit, found.last_release),
        following=_moment(visit, found.next_release),
        key_until=_moment(visit, found.signing_key_valid_until),
    )


def _moment(visit: Visit, moment: Instant | None) -> str:
    if moment is None:
        return visit.speech.say("state.never")
    region = visit.request.app[PARTS].config.region
    return in_words(moment, region=region, language=visit.speech)


async def numbers(visit: Visit) -> web.Response:
    """Show the statistics of the days that are over, small numbers suppressed."""
    found = await statistics(visit.request.app[PARTS], now=visit.now)
    days = [
        {**day, "day": visit.speech.date(date.fromisoformat(str(day["day"])))}
        for day in reversed(found.days)
    ]
    return visit.page("statistics.html", here="statistics", days=days, small=SMALL)
