"""What crosses the network for one request, beside the file that it is about.

The header lines are those of this library's client and server, to the byte. What TLS and TCP add
depends on the certificate and the network; the figures here are assumptions, and named so.
"""

from dataclasses import dataclass

HOST = "keys.example.org"
HANDSHAKE_DOWN_BYTES = 3_000
"""Assumed: TLS 1.3 with two certificates of P-256, none taken up again, and the opening of TCP."""

HANDSHAKE_UP_BYTES = 800
"""Assumed, in the same way."""

FRAMING = 1.04
"""Assumed: IP and TCP headers of 52 bytes on every 1,448, and 22 of TLS on every 16,384."""

FOREVER = "public, max-age=1209600, immutable"
CHANGES = "no-cache"
NEVER = "no-store"

_DATE = "Mon, 05 Jul 2021 12:00:00 GMT"
_TAG = '"' + 64 * "0" + '"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and its answer.

    Attributes:
        kind: what it is about, `index`, `tiles`, `lists`, `batches` or `dummies`.
        path: what is asked for.
        body_bytes: length of the file, or of the answer to an upload.
        cache: what the answer lets others do with it.
        upload_bytes: length of what is uploaded; 0 for none.
    """

    kind: str
    path: str
    body_bytes: int
    cache: str = FOREVER
    upload_bytes: int = 0

    @property
    def up_bytes(self) -> int:
        """How long the request is."""
        return len(request_head(self.path, upload_bytes=self.upload_bytes)) + self.upload_bytes

    @property
    def down_bytes(self) -> int:
        """How long the answer is."""
        head = answer_head(self.body_bytes, cache=self.cache, upload=bool(self.upload_bytes))
        return len(head) + self.body_bytes


def request_head(path: str, *, tagged: bool = False, upload_bytes: int = 0) -> bytes:
    """Return the lines that the client sends; `tagged` where it has a file already."""
    lines = [f"{'POST' if upload_bytes else 'GET'} {path} HTTP/1.1", f"Host: {HOST}"]
    lines += ["User-Agent: dp3t"]
    lines += [f"If-None-Match: {_TAG}"] if tagged else []
    lines += ["Content-Type: application/octet-stream"] if upload_bytes else []
    lines += ["Accept: */*", "Accept-Encoding: gzip, deflate"]
    lines += [f"Content-Length: {upload_bytes}"] if upload_bytes else []
    return _joined(lines)


def answer_head(body_bytes: int, *, cache: str, upload: bool = False) -> bytes:
    """Return the lines before a file, or before the answer to an upload."""
    kind = "application/json" if upload else "application/octet-stream"
    lines = ["HTTP/1.1 200 OK"]
    lines += [] if upload else [f"ETag: {_TAG}"]
    lines += [f"Cache-Control: {cache}", f"Content-Type: {kind}", f"Content-Length: {body_bytes}"]
    return _joined([*lines, f"Date: {_DATE}", "Server: dp3t"])


def unchanged_head() -> bytes:
    """Return the lines that say that the index is still the same."""
    lines = ["HTTP/1.1 304 Not Modified", f"ETag: {_TAG}", f"Cache-Control: {CHANGES}"]
    return _joined([*lines, f"Date: {_DATE}", "Server: dp3t"])


def _joined(lines: list[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()
