"""Sessions of the operator's pages, which no server keeps.

A session is a cookie with two moments, a random number and a MAC. Its key follows from the server's
digest key and the digest of the operator's token: processes with the same keys agree on it, and a
new token ends every session [OPERATOR-PAGE-3].
"""

from dataclasses import dataclass, field, replace
from typing import Self

from aiohttp import web

from dp3t import Instant, Rand, instant
from dp3t.primitives import equal, hmac_sha256
from dp3t_server.keys import Secrets
from dp3t_server.regions import path_of

COOKIE = "__Host-dp3t-operator"
IDLE_SECONDS = 900
"""How long a session lives without a request."""

LONGEST_SECONDS = 28_800
"""How long a session lives at most."""

_SKEW_SECONDS = 60
"""By how much the clocks of two processes may differ."""

_NONCE_BYTES = 16


def cookie_of(request: web.Request) -> str:
    """Return the name of the cookie in the request's region; each has sessions of its own."""
    return COOKIE + path_of(request).replace("/", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody who has shown the operator's token.

    Attributes:
        started: when.
        seen: the moment of the latest request.
        nonce: 16 random bytes, the same for the whole session.
        notice: what the next page says once: a word and perhaps a moment, or "".
    """

    started: Instant
    seen: Instant
    nonce: bytes = field(repr=False)
    notice: str = ""

    @classmethod
    def begin(cls, *, now: Instant, rand: Rand) -> Self:
        """Return a new session."""
        return cls(started=now, seen=now, nonce=rand(_NONCE_BYTES))

    def renewed(self, *, now: Instant, notice: str = "") -> Self:
        """Return the session after a request."""
        return replace(self, seen=max(self.seen, now), notice=notice)

    def lives(self, now: Instant) -> bool:
        """Return whether it has neither ended nor lies in the future [OPERATOR-PAGE-2]."""
        begun = self.started <= self.seen <= now + _SKEW_SECONDS
        return begun and now - self.seen < IDLE_SECONDS and now - self.started < LONGEST_SECONDS


class Sessions:
    """Writes and reads the cookies of one pair of server and token."""

    def __init__(self, secrets: Secrets) -> None:
        label = b"dp3t operator session 1"
        self._key = hmac_sha256(secrets.digest_key, label + secrets.token_digest)

    def write(self, session: Session) -> str:
        """Return the cookie's value."""
        text = ".".join(
            (str(session.started), str(session.seen), session.nonce.hex(), session.notice)
        )
        return f"{text}.{self._mac('cookie', text).hex()}"

    def read(self, cookie: str, *, now: Instant) -> Session | None:
        """Return the session of a cookie; None for one that is forged, foreign or over."""
        text, _, mac = cookie.rpartition(".")
        genuine = equal(self._mac("cookie", text).hex().encode(), mac.encode(errors="replace"))
        session = _parsed(text) if genuine else None
        return session if session and session.lives(now) else None

    def form_token(self, session: Session) -> str:
        """Return what each form of a session holds, 64 hexadecimal digits [OPERATOR-PAGE-4]."""
        return self._mac("form", session.nonce.hex()).hex()

    def is_form_token(self, session: Session, token: str) -> bool:
        """Return whether a form is one of this session, in constant time."""
        return equal(self.form_token(session).encode(), token.encode(errors="replace"))

    def _mac(self, use: str, text: str) -> bytes:
        return hmac_sha256(self._key, f"{use} {text}".encode(errors="replace"))


def _parsed(text: str) -> Session:
    """Return the session in a text that we wrote."""
    started, seen, nonce, notice = text.split(".")
    return Session(
        started=instant(int(started)),
        seen=instant(int(seen)),
        nonce=bytes.fromhex(nonce),
        notice=notice,
    )
