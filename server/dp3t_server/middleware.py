"""What surrounds every request: one error shape, a limit on the body, a strict form."""

import asyncio
from typing import TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import SQLAlchemyError

from dp3t import ClockError, MalformedError, PolicyError
from dp3t_server import logs
from dp3t_server.config import first_fault
from dp3t_server.faults import Fault, FaultError, answer_to
from dp3t_server.pace import note_arrival

SOFTWARE = "dp3t"
"""What the header `Server` says [SERVER-7]."""

_Form = TypeVar("_Form", bound=BaseModel)


@web.middleware
async def one_error_shape(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever a handler raises into the one shape [SERVER-5] [SERVER-6]."""
    try:
        return await handler(request)
    except FaultError as error:
        return error.answer()
    except web.HTTPException as error:
        return answer_to(error)
    except ClockError as error:
        return Fault.CLOCK_WENT_BACK.answer(str(error))
    except MalformedError as error:
        return Fault.MALFORMED.answer(str(error))
    except ConnectionError:  # the client has gone; there is nobody to answer
        raise
    except (SQLAlchemyError, PolicyError, OSError) as error:
        logs.fail("a request found no working database or keys", error)
        return Fault.UNAVAILABLE.answer("the server cannot use its database or its keys")
    except Exception as error:
        logs.fail("a request met a mistake in the server", error)
        return Fault.INTERNAL.answer("a mistake in the server")


async def hide_software(_: web.Request, response: web.StreamResponse) -> None:
    """Name no software and no version [SERVER-7]."""
    response.headers["Server"] = SOFTWARE


async def read_body(request: web.Request, *, most_bytes: int, timeout_seconds: float) -> bytes:
    """Return the body.

    Raises:
        FaultError: larger than `most_bytes`, or not there in time.
    """
    too_large = FaultError(Fault.TOO_LARGE, f"the body has more than {most_bytes} bytes")
    if (request.content_length or 0) > most_bytes:
        raise too_large
    try:
        async with asyncio.timeout(timeout_seconds):
            body = await request.read()
    except TimeoutError:
        raise FaultError(Fault.TIMEOUT, "the body did not arrive in time") from None
    note_arrival(request)
    if len(body) > most_bytes:  # its length was not announced
        raise too_large
    return body


def form(kind: type[_Form], body: bytes) -> _Form:
    """Return the JSON object in a body; an empty body is an empty object [SERVER-31].

    Raises:
        FaultError: it is not what the form takes.
    """
    try:
        return kind.model_validate_json(body or b"{}")
    except ValidationError as error:
        raise FaultError(Fault.MALFORMED, first_fault(error)) from None
