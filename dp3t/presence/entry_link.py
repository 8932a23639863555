"""Texts in QR codes: links to a venue's public entry code, and its private codes.

The payload of a link stands after `#`, which no browser sends to a server. A private code is no
link, so that nobody opens one, and neither reader takes the other's text.
"""

import re
from base64 import b64decode, urlsafe_b64encode

from dp3t.errors import LimitError, MalformedError, UnsupportedVersionError
from dp3t.presence import presence_pb2 as pb
from dp3t.presence.messages import parsed
from dp3t.presence.pairing import SCALAR_BYTES
from dp3t.primitives import SEALED_BOX_OVERHEAD_BYTES

DEFAULT_BASE = "https://presence.invalid"
"""No server will ever have this name, so no page of its can read what stands after `#`."""
TRACE_SCHEME = "dp3t-trace-code:"
ROTATING_SCHEME = "dp3t-rotating-code:"
MAX_LINK_CHARACTERS = 4096

_SCHEMES = (TRACE_SCHEME, ROTATING_SCHEME)
_PRIVATE_VERSION = "1:"
_PRIVATE = "this is a venue's private code, not an entry code: show it to nobody"
_HOST_AND_PATH = r"(?P<host>[a-z0-9-]+(\.[a-z0-9-]+)*)(:[0-9]{1,5})?(/[!-\"$->@-~]*)?"
_BASE = re.compile(rf"https://{_HOST_AND_PATH}", re.IGNORECASE | re.ASCII)
_HEAD = re.compile(
    rf"https://{_HOST_AND_PATH}\?v=(?P<version>[0-9]{{1,9}})", re.IGNORECASE | re.ASCII
)
_VENDOR = re.compile(r".*/CWA(?P<version>[0-9]{1,9})/(?P<payload>[^/]+)", re.DOTALL | re.ASCII)
_ALPHABETS = re.compile(r"(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)={0,2}", re.ASCII)
_VERSIONS = (1, 3, 4)
_VENDOR_VERSIONS = (1,)
_WRITTEN_VERSIONS = {"qr.notify-me.ch": 3}
"""What the app of a host looks for; elsewhere it is 1."""
_PRIVATE_LENGTHS = (SCALAR_BYTES, SCALAR_BYTES + SEALED_BOX_OVERHEAD_BYTES)


def link_of(payload: bytes, *, base: str = DEFAULT_BASE) -> str:
    """Return the link with a payload after its `#`, base64url without padding [ENTRY-17].

    Args:
        payload: of an entry code.
        base: `https://`, a host, perhaps a port and a path; no query.

    Raises:
        MalformedError: another base.
    """
    match = _BASE.fullmatch(base)
    if match is None:
        raise MalformedError("the base of a link is https://, a host and perhaps a path")
    version = _WRITTEN_VERSIONS.get(match["host"].lower(), 1)
    return f"{base}?v={version}#{_base64url(payload)}"


def payload_of(text: str) -> bytes:
    """Return the payload that a scanned or typed text holds; nothing in it is checked [ENTRY-18].

    Raises:
        LimitError: more than 4096 characters.
        UnsupportedVersionError: a link of a version that this release does not read [ENTRY-19].
        MalformedError: none of the forms; a private trace code is named as such [ENTRY-21].
    """
    text = _limited(text)
    if any(_begins(text, scheme) for scheme in _SCHEMES):
        raise MalformedError(_PRIVATE)
    payload = _decoded(_encoded_payload(text) if "://" in text else text)
    if _is_trace_code(payload):
        raise MalformedError(_PRIVATE)
    return payload


def private_text_of(code: bytes, *, scheme: str) -> str:
    """Return the text of a private QR code of a venue [ENTRY-21]."""
    return f"{scheme}{_PRIVATE_VERSION}{_base64url(code)}"


def private_code_of(text: str, *, scheme: str) -> bytes:
    """Return the private code that a text holds, with its prefix or bare; nothing is checked.

    Args:
        text: as it was scanned or typed.
        scheme: `TRACE_SCHEME` or `ROTATING_SCHEME`.

    Raises:
        LimitError: more than 4096 characters.
        UnsupportedVersionError: a text of a later version.
        MalformedError: something else; an entry code is named as such [ENTRY-22], and so is a
            private code of the other kind.
    """
    text = _limited(text)
    if "://" in text:
        raise MalformedError("this is a link to an entry code, not a venue's private code")
    if any(_begins(text, other) for other in _SCHEMES if other != scheme):
        raise MalformedError("this is a private code of another kind")
    if _begins(text, scheme):
        if not text.startswith(_PRIVATE_VERSION, len(scheme)):
            raise UnsupportedVersionError("the private code has another version than 1")
        text = text[len(scheme) + len(_PRIVATE_VERSION) :]
    code = _decoded(text)
    if _is_entry_code(code):
        raise MalformedError("this is an entry code, not a venue's private code")
    return code


def _encoded_payload(link: str) -> str:
    """Return what stands for the payload in a link of any form."""
    if not _begins(link, "https://"):
        raise MalformedError("an entry link begins with https://")
    head, mark, fragment = link.partition("#")
    if not mark or not fragment:
        raise MalformedError("the link has no payload after '#'")
    vendor = _VENDOR.fullmatch(fragment)
    if vendor is not None:
        _require_version(int(vendor["version"]), _VENDOR_VERSIONS)
        return vendor["payload"]
    match = _HEAD.fullmatch(head)
    if match is None:
        raise MalformedError("the link does not have the form of an entry link")
    _require_version(int(match["version"]), _VERSIONS)
    return fragment


def _require_version(found: int, known: tuple[int, ...]) -> None:
    if found not in known:
        raise UnsupportedVersionError(f"the entry link has version {found}")


def _limited(text: str) -> str:
    if len(text) > MAX_LINK_CHARACTERS:
        raise LimitError(f"a code has at most {MAX_LINK_CHARACTERS} characters")
    return text.strip()


def _begins(text: str, prefix: str) -> bool:
    return text[: len(prefix)].lower() == prefix


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    """Return what base64 of either alphabet spells, with its padding or without [ENTRY-20]."""
    bare = text.rstrip("=")
    padding = "=" * (-len(bare) % 4)
    if not bare or len(padding) == 3 or text not in (bare, bare + padding):
        raise MalformedError("the payload is not base64")
    if _ALPHABETS.fullmatch(text) is None:
        raise MalformedError("the payload is not base64")
    url = bare.replace("+", "-").replace("/", "_")
    data = b64decode(url + padding, altchars=b"-_")
    if _base64url(data) != url:
        raise MalformedError("the payload is not base64 in its one form")
    return data


def _is_trace_code(data: bytes) -> bool:
    """Return whether some bytes have the lengths that only a trace code has."""
    try:
        message = parsed(pb.QRCodeTrace, data, what="the code")
    except MalformedError:
        return False
    share, sealed = message.master_secret_key_location, message.cipher_text_health_authority
    return (len(share), len(sealed)) == _PRIVATE_LENGTHS


def _is_entry_code(data: bytes) -> bool:
    """Return whether some bytes hold a location and a public key, which no trace code does."""
    if _is_trace_code(data):
        return False
    try:
        message = parsed(pb.QRCodePayload, data, what="the code")
    except MalformedError:
        return False
    return bool(message.location_data.description and message.crowd_notifier_data.public_key)
