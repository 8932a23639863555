"""The routes of the operator's pages."""

from importlib import resources

from aiohttp import web

from dp3t_server.faults import Fault, FaultError
from dp3t_server.operator import MAX_MARKS_BODY_BYTES
from dp3t_server.web import codes, entrance, state
from dp3t_server.web.entrance import for_scripts, signed_in
from dp3t_server.web.language import TAGS
from dp3t_server.web.pages import FACILITIES, ROOT, TRAVELLERS

_PAGES = f"{ROOT}{{language:{'|'.join(TAGS)}}}/"
_DATA = f"{ROOT}data/"
_FILES = resources.files(__package__).joinpath("static")
_STATIC = {
    "style.css": "text/css",
    "declarations.css": "text/css",
    "facilities.css": "text/css",
    "facilities_map.css": "text/css",
    "facility_desk.css": "text/css",
    "facility_object.css": "text/css",
    "facility_place.css": "text/css",
    "icon.svg": "image/svg+xml",
}
_SCRIPTS = frozenset(file.name for file in _FILES.iterdir() if file.name.endswith(".js"))


def page_routes(*, declarations: bool = False, facilities: bool = False) -> list[web.RouteDef]:
    """Return every route of pages; what changes something is never a GET.

    Args:
        declarations: whether declarations are taken; their pages are not there otherwise.
        facilities: whether their record is kept; the same.
    """
    return [
        *_operator_routes(),
        *(_declaration_routes() if declarations else ()),
        *(_facility_routes() if facilities else ()),
    ]


def _facility_routes() -> list[web.RouteDef]:
    from dp3t_server import facility_routes  # with it dp3t.facilities
    from dp3t_server.web import authority, facilities

    most_bytes = facility_routes.MAX_AUTHORITY_BODY_BYTES
    take = for_scripts(facility_routes.authority_acts, most_bytes=most_bytes)
    pages = f"{FACILITIES}{{language:{'|'.join(TAGS)}}}/"
    return [
        web.get(FACILITIES.rstrip("/"), facilities.anywhere),
        web.get(FACILITIES, facilities.anywhere),
        web.get(FACILITIES + "worker.js", facilities.worker),
        web.get(pages, facilities.map_page),
        web.get(pages + "desk", facilities.desk),
        web.get(pages + "places/{name}", facilities.place_page),
        web.get(_PAGES + "objections", signed_in(authority.objections)),
        web.get(_DATA + "objections", for_scripts(facility_routes.undecided)),
        web.post(_DATA + "facility-acts", take),
    ]


def _declaration_routes() -> list[web.RouteDef]:
    from dp3t_server import arrivals_marks, symptom_help  # with them dp3t.arrivals, dp3t.symptoms
    from dp3t_server.arrivals import DECLARATIONS
    from dp3t_server.web import arrivals, officer, station

    requests = symptom_help.HELP_REQUESTS
    return [
        web.get(_PAGES + "gate", signed_in(officer.gate)),
        web.get(_PAGES + "declarations", signed_in(officer.opening)),
        web.get(_PAGES + "help", signed_in(station.station)),
        web.get(_DATA + "marks", for_scripts(arrivals_marks.hand_out)),
        web.post(
            _DATA + "marks", for_scripts(arrivals_marks.take, most_bytes=MAX_MARKS_BODY_BYTES)
        ),
        web.get(_DATA + "declarations", for_scripts(DECLARATIONS.page)),
        web.get(_DATA + "help", for_scripts(requests.page)),
        web.delete(_DATA + "help/{name}", for_scripts(requests.erase)),
        web.get(TRAVELLERS.rstrip("/"), arrivals.anywhere),
        web.get(TRAVELLERS, arrivals.anywhere),
        web.get(TRAVELLERS + "form.json", arrivals.definition),
        web.post(TRAVELLERS + "qr", arrivals.picture),
        web.get(f"{TRAVELLERS}{{language:{'|'.join(TAGS)}}}/", arrivals.form_page),
    ]


def _operator_routes() -> list[web.RouteDef]:
    return [
        web.get(f"{ROOT}{{script:[a-z_]+}}.js", _script),
        web.get(ROOT.rstrip("/"), entrance.anywhere),
        web.get(ROOT, entrance.anywhere),
        *(web.get(ROOT + name, _static) for name in _STATIC),
        web.get(_PAGES, entrance.door),
        web.post(_PAGES + "sign-in", entrance.sign_in),
        web.post(_PAGES + "sign-out", signed_in(entrance.sign_out)),
        web.get(_PAGES + "issue", signed_in(codes.issue)),
        web.post(_PAGES + "issue", signed_in(codes.issued)),
        web.get(_PAGES + "activate", signed_in(codes.activate)),
        web.post(_PAGES + "activate", signed_in(codes.activated)),
        web.get(_PAGES + "revoke", signed_in(codes.revoke)),
        web.post(_PAGES + "revoke", signed_in(codes.revoked)),
        web.get(_PAGES + "state", signed_in(state.state)),
        web.get(_PAGES + "statistics", signed_in(state.numbers)),
    ]


async def _static(request: web.Request) -> web.Response:
    name = request.path.removeprefix(ROOT)
    body = _FILES.joinpath(name).read_bytes()
    return web.Response(body=body, content_type=_STATIC[name], charset="utf-8")


async def _script(request: web.Request) -> web.Response:
    name = request.path.removeprefix(ROOT)
    if name not in _SCRIPTS:
        raise FaultError(Fault.NOT_FOUND, "there is no such script")
    body = _FILES.joinpath(name).read_bytes()
    return web.Response(body=body, content_type="text/javascript", charset="utf-8")
