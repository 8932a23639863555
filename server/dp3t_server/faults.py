"""What a server says when it cannot do what it was asked: one shape everywhere [SERVER-5]."""

from enum import Enum

from aiohttp import web


class Fault(Enum):
    """A code and its HTTP status; the table is in `spec/publication/server.md`."""

    MALFORMED = ("malformed", 400)
    UNAUTHORIZED = ("unauthorized", 401)
    NOT_FOUND = ("not-found", 404)
    METHOD_NOT_ALLOWED = ("method-not-allowed", 405)
    TIMEOUT = ("timeout", 408)
    CLOCK_WENT_BACK = ("clock-went-back", 409)
    REFUSED = ("refused", 409)
    TOO_LARGE = ("too-large", 413)
    TOO_MANY_REQUESTS = ("too-many-requests", 429)
    INTERNAL = ("internal", 500)
    BUSY = ("busy", 503)
    UNAVAILABLE = ("unavailable", 503)

    @property
    def code(self) -> str:
        """What the answer calls it."""
        return self.value[0]

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.value[1]

    def answer(self, message: str, **headers: str) -> web.Response:
        """Return the answer; a header's name is written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = {"error": {"code": self.code, "message": message}}
        return web.json_response(
            body, status=self.status, headers={"Cache-Control": "no-store", **named}
        )


class FaultError(Exception):
    """Raised by a handler to give a fault as its answer."""

    def __init__(self, fault: Fault, message: str, **headers: str) -> None:
        super().__init__(message)
        self.fault = fault
        self.headers = headers

    def answer(self) -> web.Response:
        """Return the answer."""
        return self.fault.answer(str(self), **self.headers)


def answer_to(error: web.HTTPException) -> web.Response:
    """Return the answer to what aiohttp refuses on its own."""
    for fault in (Fault.NOT_FOUND, Fault.METHOD_NOT_ALLOWED, Fault.TOO_LARGE):
        if error.status == fault.status:
            allowed = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
            return fault.answer(error.reason, **allowed)
    return Fault.MALFORMED.answer(error.reason)
