"""Forms that a browser sends: read strictly, and only from a page of ours."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from dp3t_server.app_keys import PARTS
from dp3t_server.faults import Fault, FaultError
from dp3t_server.middleware import read_body

MAX_FORM_BYTES = 4_096
_MAX_FIELDS = 16
_FORM_TYPE = "application/x-www-form-urlencoded"


async def read_form(request: web.Request) -> Mapping[str, str]:
    """Return the fields of a form.

    Raises:
        FaultError: no form, too large, or not there in time.
    """
    seconds = request.app[PARTS].config.body_timeout_seconds
    body = await read_body(request, most_bytes=MAX_FORM_BYTES, timeout_seconds=seconds)
    if request.content_type != _FORM_TYPE:
        raise FaultError(Fault.MALFORMED, "not a form")
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict"
        )
    except ValueError:
        raise FaultError(Fault.MALFORMED, "not a form") from None
    return dict(pairs)


def is_foreign(request: web.Request) -> bool:
    """Return whether a browser says that the form came from another site [OPERATOR-PAGE-5].

    Under our own `Referrer-Policy: no-referrer` a browser sends `Origin: null` even with our forms,
    and then `Sec-Fetch-Site` alone can tell. What sends neither is no browser that carries our
    cookie, but it still has to show the form's token.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None and site != "same-origin":
        return True
    if origin is None or (origin == "null" and site is not None):
        return False
    return origin == "null" or _host_of(origin) != request.host.lower()


def _host_of(origin: str) -> str:
    """Return host and port of an origin; "" where it has none or is not one."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:  # half an IPv6 address
        return ""
