"""`dp3t symptoms authority`: what the authority signs."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from dp3t.canonical_json import JsonValue, read_json
from dp3t.cli.files import naming, write_whole
from dp3t.cli.language import text
from dp3t.cli.moments import iso_moment
from dp3t.cli.presence.reading import read_up_to
from dp3t.cli.signing_key import read_signing_key
from dp3t.errors import PolicyError
from dp3t.publication.signing import SigningKey
from dp3t.symptoms.rules import MAX_RULES_BYTES, sign_rules
from dp3t.symptoms.stations import MAX_STATION_KEYS_BYTES, StationKeys
from dp3t.symptoms.survey import MAX_SURVEY_BYTES, Survey

app = typer.Typer(
    no_args_is_help=True,
    help=text(en="For the health authority.", vi="Dành cho cơ quan y tế."),
)

_Document = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help=text(en="The document, JSON in any layout.", vi="Tài liệu JSON, trình bày tùy ý."),
    ),
]
_SigningKey = Annotated[
    Path,
    typer.Option(
        metavar="FILE",
        help=text(en="The authority's signing key.", vi="Khóa ký của cơ quan y tế."),
    ),
]
_Out = Annotated[
    Path,
    typer.Option(
        metavar="FILE",
        help=text(en="The signed document to write.", vi="Tệp đã ký cần ghi."),
    ),
]


@app.command(
    "sign-rules",
    help=text(en="Check a table of rules and sign it.", vi="Kiểm tra và ký một bộ quy tắc."),
)
def sign_rules_command(document: _Document, signing_key: _SigningKey, out: _Out) -> None:
    """Sign a table; one that fails a check is not signed [TERMINAL-60]."""
    _sign(document, signing_key, out, sign_rules, limit_bytes=MAX_RULES_BYTES)


@app.command(
    "sign-stations",
    help=text(en="Check a list of stations and sign it.", vi="Kiểm tra và ký danh sách trạm y tế."),
)
def sign_stations_command(document: _Document, signing_key: _SigningKey, out: _Out) -> None:
    """Sign a list; one that fails a check is not signed [TERMINAL-60]."""
    _sign(document, signing_key, out, _sign_stations, limit_bytes=MAX_STATION_KEYS_BYTES)


@app.command(
    "sign-survey",
    help=text(en="Check a survey and sign it.", vi="Kiểm tra và ký một khảo sát."),
)
def sign_survey_command(document: _Document, signing_key: _SigningKey, out: _Out) -> None:
    """Sign a survey; one that no app would take is not signed [TERMINAL-60]."""
    _sign(document, signing_key, out, _sign_survey, limit_bytes=MAX_SURVEY_BYTES)


def _sign(
    document: Path,
    signing_key: Path,
    out: Path,
    sign: Callable[[JsonValue, SigningKey], bytes],
    *,
    limit_bytes: int,
) -> None:
    key = read_signing_key(signing_key)
    with naming(document):
        value = read_json(read_up_to(document, limit_bytes), limit_bytes=limit_bytes)
        signed = sign(value, key)
        _require_spoken_for(value, key)
    write_whole(out, signed, mode=0o644, force=False)


def _require_spoken_for(value: JsonValue, key: SigningKey) -> None:
    """Refuse a document that no reader takes, because its key does not hold when it begins."""
    match value:
        case {"valid_from": int(begins)} if not key.valid_from <= begins < key.valid_until:
            life = f"{iso_moment(key.valid_from)} to {iso_moment(key.valid_until)}"
            raise PolicyError(f"valid_from {begins} is not in the life of the signing key, {life}")


def _sign_stations(value: JsonValue, key: SigningKey) -> bytes:
    return StationKeys.of_value(value).sign(key)


def _sign_survey(value: JsonValue, key: SigningKey) -> bytes:
    survey = Survey.of_value(value)
    survey.require_tolerable()
    return survey.sign(key)
