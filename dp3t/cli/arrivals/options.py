"""Options that several commands of entry declarations have, and what they give."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from dp3t.arrivals.entry_receipt import is_receipt
from dp3t.arrivals.recipients import MAX_DOCUMENT_BYTES, RecipientKeys
from dp3t.arrivals.travel_document import TravelDocument
from dp3t.cli.files import naming
from dp3t.cli.language import text
from dp3t.cli.moments import moment_given, present
from dp3t.cli.output import JSON_HELP
from dp3t.cli.presence.reading import MAX_PICTURE_BYTES, read_up_to, text_in_picture
from dp3t.codec import from_hex
from dp3t.errors import MalformedError
from dp3t.primitives import ED25519_PUBLIC_BYTES
from dp3t.publication.signing import TrustedKeys, VerificationKey
from dp3t.timeline import Instant

_MAX_ZONE_CHARACTERS = 256

Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]
Authority = Annotated[
    str,
    typer.Option(
        metavar="HEX",
        help=text(
            en="The authority's public signing key.",
            vi="Khóa ký công khai của cơ quan.",
        ),
    ),
]
Keys = Annotated[
    Path,
    typer.Option(
        metavar="FILE",
        help=text(
            en="The document of keys that the authority signed.",
            vi="Tài liệu khóa do cơ quan ký.",
        ),
    ),
]
_MAX_TEXT_BYTES = 4_096

Receipt = Annotated[
    str,
    typer.Argument(
        metavar="RECEIPT",
        help=text(
            en="A receipt's text, a picture or a .txt file of it, or - for stdin.",
            vi="Chữ trên phiếu, ảnh hoặc tệp .txt của phiếu, hoặc - để đọc từ stdin.",
        ),
    ),
]
Document = Annotated[
    str | None,
    typer.Option(
        metavar="NUMBER,BIRTH,EXPIRY",
        help=text(
            en="The travel document, dates as YYYY-MM-DD.",
            vi="Giấy tờ đi lại, ngày dạng YYYY-MM-DD.",
        ),
    ),
]
Zone = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help=text(
            en="A file with the document's machine-readable zone; - is standard input.",
            vi="Tệp chứa vùng đọc máy của giấy tờ; - là đầu vào chuẩn.",
        ),
    ),
]
Point = Annotated[
    str,
    typer.Option(
        "--point",
        metavar="CODE",
        help=text(en="The arrival point, four characters.", vi="Mã cửa khẩu, bốn ký tự."),
    ),
]
Now = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help=text(
            en="For demonstrations: what time it is, ISO or Unix seconds.",
            vi="Chỉ để trình diễn: thời điểm hiện tại, dạng ISO hoặc số giây Unix.",
        ),
    ),
]
Server = Annotated[
    str,
    typer.Option(metavar="URL", help=text(en="The server's address.", vi="Địa chỉ máy chủ.")),
]
TokenFile = Annotated[
    Path,
    typer.Option(
        metavar="FILE", help=text(en="The operator's token.", vi="Tệp mã của người vận hành.")
    ),
]


def now_given(given: str | None) -> Instant:
    """Return the moment that `--now` names, the system's time without it."""
    return present() if given is None else moment_given(given, "--now")


def authority_given(given: str) -> TrustedKeys:
    """Return the key that `--authority` names.

    Raises:
        MalformedError: it is no key.
    """
    public = from_hex(given, length=ED25519_PUBLIC_BYTES, what="--authority")
    return TrustedKeys([VerificationKey.pinned(public)])


def keys_in(path: Path, authority: str) -> RecipientKeys:
    """Return the document of keys in a file.

    Raises:
        Dp3tError: it is none, or the authority did not sign it; the message names the file.
    """
    trusted = authority_given(authority)
    with naming(path):
        return RecipientKeys.open(read_up_to(path, MAX_DOCUMENT_BYTES), authority=trusted)


def receipt_given(given: str) -> str:
    """Return a receipt's text, which may be a bad one.

    Raises:
        MalformedError: a picture with none, or several; a text that is too long for one.
    """
    if given == "-":
        return _text(typer.get_binary_stream("stdin").read(_MAX_TEXT_BYTES + 1), "-")
    path = Path(given)
    if is_receipt(given) or not path.suffix:
        return given
    if path.suffix.lower() == ".txt":
        return _text(read_up_to(path, _MAX_TEXT_BYTES), given)
    with naming(path):
        return text_in_picture(read_up_to(path, MAX_PICTURE_BYTES), is_receipt, what="receipt")


def _text(data: bytes, place: str) -> str:
    if len(data) > _MAX_TEXT_BYTES:
        raise MalformedError(f"{place}: too long for a receipt")
    return data.decode("utf-8", errors="replace").strip()


def document_given(document: str | None, zone: Path | None) -> TravelDocument:
    """Return the travel document that `--document` or `--zone` gives.

    Raises:
        MalformedError: neither, both, or no document; the message does not hold it.
    """
    if (document is None) == (zone is None):
        raise MalformedError("a travel document comes by --document or by --zone")
    if document is not None:
        return typed_document(document)
    with naming("--zone"):
        return TravelDocument.from_zone(_zone_in(zone))


def typed_document(given: str) -> TravelDocument:
    """Return the document in "number,birth,expiry".

    Raises:
        MalformedError: it has another form.
    """
    with naming("--document"):
        parts = [part.strip() for part in given.split(",")]
        if len(parts) != 3:
            raise MalformedError("a travel document is NUMBER,BIRTH,EXPIRY")
        number, birth, expiry = parts
        return TravelDocument.of(number=number, birth=birth, expiry=expiry)


def _zone_in(path: Path | None) -> str:
    if path is None or str(path) == "-":
        return sys.stdin.read(_MAX_ZONE_CHARACTERS)
    return read_up_to(path, _MAX_ZONE_CHARACTERS).decode("ascii", errors="replace")
