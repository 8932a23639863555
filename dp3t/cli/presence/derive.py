"""`dp3t presence derive` and `decrypt`: for whoever compares another implementation with this."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, NamedTuple

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from dp3t.cli.files import naming
from dp3t.cli.language import text
from dp3t.cli.moments import iso_moment
from dp3t.cli.output import JSON_HELP, emit_json, show
from dp3t.cli.presence.extra import extra_needed
from dp3t.codec import from_hex
from dp3t.errors import Dp3tError, LimitError, VerificationError
from dp3t.params import DAY_SECONDS, LAST_INSTANT
from dp3t.presence.encryption import (
    IDENTITY_BYTES,
    IDENTITY_KEY_BYTES,
    Ciphertext,
    IdentityKey,
)
from dp3t.presence.entry import MAX_PAYLOAD_BYTES
from dp3t.presence.identity import (
    INTERVAL_SECONDS,
    identity_of,
    preid_of,
    secrets_of,
    timekey_of,
)
from dp3t.presence.pairing import G1Point
from dp3t.presence.visit import VisitMessage
from dp3t.timeline import Instant, instant

_NONCE_BYTES = 24
_KNOWN_ORDERS = ("c1 c2 nonce c3", "c1 c2 c3 nonce")

_Payload = Annotated[
    str,
    typer.Option(
        metavar="HEX",
        help=text(en="The entry code's payload.", vi="Nội dung của mã vào cửa."),
    ),
]
_Start = Annotated[
    int,
    typer.Option(
        min=0,
        max=LAST_INSTANT,
        metavar="SECONDS",
        help=text(en="When the interval begins, Unix time.", vi="Lúc bắt đầu, theo giờ Unix."),
    ),
]
_Length = Annotated[
    int,
    typer.Option(
        min=1,
        max=DAY_SECONDS,
        metavar="SECONDS",
        help=text(en="How long the interval is.", vi="Độ dài của khoảng thời gian."),
    ),
]
_Identity = Annotated[
    str, typer.Option(metavar="HEX", help=text(en="32 bytes.", vi="Định danh, 32 byte."))
]
_SecretKey = Annotated[
    str,
    typer.Option(
        metavar="HEX",
        help=text(
            en="The identity's key, 48 bytes of G1.", vi="Khóa của định danh, 48 byte của G1."
        ),
    ),
]
_Ciphertext = Annotated[
    str,
    typer.Option(
        metavar="HEX",
        help=text(
            en="c1, c2, nonce and c3, back to back; or c3 before the nonce.",
            vi="c1, c2, nonce và c3 nối tiếp nhau; hoặc c3 đứng trước nonce.",
        ),
    ),
]
_Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]


@extra_needed()
def derive(
    payload: _Payload,
    start: _Start,
    length: _Length = INTERVAL_SECONDS,
    *,
    as_json: _Json = False,
) -> None:
    """Print all that follows from an entry code for an interval [TERMINAL-19]."""
    data = from_hex(payload, what="--payload")
    if len(data) > MAX_PAYLOAD_BYTES:
        raise LimitError(f"--payload has more than {MAX_PAYLOAD_BYTES} bytes")
    begins = Instant(start)
    secrets = secrets_of(data)
    found = {
        "nonce_preid": secrets.nonce_preid,
        "nonce_timekey": secrets.nonce_timekey,
        "notification_key": secrets.notification_key,
        "preid": preid_of(data),
        "timekey": timekey_of(data, start=begins, length_seconds=length),
        "identity": identity_of(data, start=begins, length_seconds=length),
    }
    _print({name: value.hex() for name, value in found.items()}, as_json=as_json)


@extra_needed()
def decrypt(
    identity: _Identity,
    secret_key: _SecretKey,
    ciphertext: _Ciphertext,
    *,
    as_json: _Json = False,
) -> None:
    """Print what a record says [TERMINAL-20]."""
    name = from_hex(identity, length=IDENTITY_BYTES, what="--identity")
    point = from_hex(secret_key, length=IDENTITY_KEY_BYTES, what="--secret-key")
    with naming("--secret-key"):
        key = IdentityKey(identity=name, key=G1Point.from_bytes(point))
    data = from_hex(ciphertext, what="--ciphertext")
    with naming("--ciphertext"):
        opened = _opened(key, data)
    visit = _visit_in(opened.message)
    document = {
        "message": opened.message.hex(),
        "order": opened.order,
        "arrival": None if visit is None else iso_moment(visit.arrival),
        "departure": None if visit is None else iso_moment(visit.departure),
    }
    _print(document, as_json=as_json)


class _Opened(NamedTuple):
    """What was decrypted, and how its parts were laid out."""

    message: bytes
    order: str


class _Visit(NamedTuple):
    """The times that a record names."""

    arrival: Instant
    departure: Instant


def _opened(key: IdentityKey, data: bytes) -> _Opened:
    """Decrypt a ciphertext laid out in either of the orders that are in use.

    Raises:
        MalformedError: too short, or no point where one has to stand.
        VerificationError: neither order opens.
    """
    for order, each in zip(_KNOWN_ORDERS, _layouts(data), strict=True):
        with suppress(VerificationError):
            return _Opened(key.decrypt(each), order)
    raise VerificationError("does not open with that identity and key")


def _layouts(data: bytes) -> Iterator[Ciphertext]:
    first = Ciphertext.decode(data)
    yield first
    swapped = first.nonce + first.c3
    yield Ciphertext(
        c1=first.c1, c2=first.c2, nonce=swapped[-_NONCE_BYTES:], c3=swapped[:-_NONCE_BYTES]
    )


def _visit_in(message: bytes) -> _Visit | None:
    """Return the times of a record, ours or another library's; None where it is neither's."""
    with suppress(Dp3tError):
        ours = VisitMessage.decode(message)
        return _Visit(ours.arrival, ours.departure)
    try:
        theirs = json.loads(message)
        return _Visit(_moment(theirs["arrivalTime"]), _moment(theirs["departureTime"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _moment(value: object) -> Instant:
    """Return a moment from seconds, as browsers write it, or milliseconds, as phones do."""
    if not isinstance(value, int):
        raise TypeError("a moment is a whole number")
    return instant(value if value <= LAST_INSTANT else value // 1000)


def _print(document: dict[str, str | None], *, as_json: bool) -> None:
    if as_json:
        emit_json(document)
        return
    table = Table(box=SIMPLE_HEAD, show_header=False)
    for name, value in document.items():
        table.add_row(name, value or "")
    show(table)
