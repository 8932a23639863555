"""`dp3t symptoms fetch`: what the authority signed, from a server that is not believed."""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from dp3t.cli.files import alone, naming, write_whole
from dp3t.cli.language import text
from dp3t.cli.output import emit_json, show
from dp3t.cli.presence.extra import extra_needed
from dp3t.cli.presence.reading import read_up_to
from dp3t.cli.symptoms import options
from dp3t.errors import TransportError
from dp3t.publication.signing import TrustedKeys
from dp3t.symptoms.documents import Document, number_of
from dp3t.symptoms.rules import MAX_RULES_BYTES, RULES_CONTEXT, RuleTable
from dp3t.symptoms.stations import (
    MAX_STATION_KEYS_BYTES,
    STATION_KEYS_CONTEXT,
    StationKeys,
)
from dp3t.symptoms.survey import MAX_SURVEY_BYTES, SURVEY_CONTEXT, Survey
from dp3t.timeline import Instant


class Fetched(StrEnum):
    """What can be fetched."""

    RULES = "rules"
    STATIONS = "stations"
    SURVEY = "survey"


class _Kind(NamedTuple):
    context: str
    limit_bytes: int
    open: Callable[[bytes, TrustedKeys, Instant, int], Document]


def _rules(data: bytes, trusted: TrustedKeys, now: Instant, newest: int) -> Document:
    return RuleTable.open(data, trusted=trusted, now=now, newest=newest)


def _stations(data: bytes, trusted: TrustedKeys, now: Instant, newest: int) -> Document:
    return StationKeys.open(data, trusted=trusted, now=now, newest=newest)


def _survey(data: bytes, trusted: TrustedKeys, now: Instant, newest: int) -> Document:
    survey = Survey.open(data, trusted=trusted, now=now, newest=newest)
    survey.require_tolerable()
    return survey


_KINDS = {
    Fetched.RULES: _Kind(RULES_CONTEXT, MAX_RULES_BYTES, _rules),
    Fetched.STATIONS: _Kind(STATION_KEYS_CONTEXT, MAX_STATION_KEYS_BYTES, _stations),
    Fetched.SURVEY: _Kind(SURVEY_CONTEXT, MAX_SURVEY_BYTES, _survey),
}


@extra_needed()
def fetch(
    what: Annotated[
        Fetched,
        typer.Argument(help=text(en="What to fetch.", vi="Tài liệu cần tải.")),
    ],
    server: Annotated[
        str, typer.Option(metavar="URL", help=text(en="From this server.", vi="Từ máy chủ này."))
    ],
    authority: options.Authority,
    out: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help=text(
                en="Where it is kept; what is there is replaced by nothing older.",
                vi="Nơi lưu; không bao giờ bị thay bằng bản cũ hơn.",
            ),
        ),
    ],
    now: options.Now = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Fetch a document, whole, and keep it if the authority signed it [TERMINAL-61]."""
    moment, keys = options.now_given(now), options.trusted(authority)
    kind = _KINDS[what]
    with alone(out):
        newest = _number_of(out, keys, kind) if out.exists() else 0
        data = asyncio.run(_get(server, what, kind.limit_bytes))
        document = kind.open(data, keys, moment, newest)
        write_whole(out, data, mode=0o644, force=True)
    if as_json:
        emit_json({"number": document.number})
    else:
        show(text(en=f"Number {document.number}.", vi=f"Bản số {document.number}."))


def _number_of(path: Path, keys: TrustedKeys, kind: _Kind) -> int:
    with naming(path):
        return number_of(
            read_up_to(path, kind.limit_bytes),
            context=kind.context,
            trusted=keys,
            limit_bytes=kind.limit_bytes,
        )


async def _get(server: str, what: Fetched, limit_bytes: int) -> bytes:
    """Return the document; TransportError where the server has none."""
    from dp3t.cli.presence.http import get

    url = f"{server.rstrip('/')}/v1/symptoms/{what.value}"
    status, data = await get(url, limit_bytes=limit_bytes)
    if status != HTTPStatus.OK:
        raise TransportError(f"{url}: answered {status}")
    return data
