"""The routes of the operator's pages."""

from importlib import resources

from aiohttp import web

from dp3t_server.web import codes, entrance, state
from dp3t_server.web.entrance import signed_in
from dp3t_server.web.language import TAGS
from dp3t_server.web.pages import ROOT

_PAGES = f"{ROOT}{{language:{'|'.join(TAGS)}}}/"
_STATIC = {"style.css": "text/css", "icon.svg": "image/svg+xml"}


def page_routes() -> list[web.RouteDef]:
    """Return every route under `/operator/`; what changes something is never a GET."""
    return [
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
    body = resources.files(__package__).joinpath("static", name).read_bytes()
    return web.Response(body=body, content_type=_STATIC[name], charset="utf-8")
