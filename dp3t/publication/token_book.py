"""What an app keeps of its tokens: those it asked for, those it has, and the list it last saw.

The app asks for a token of every day, whether it will need one or not, so that asking tells nothing
[TOKENS-22]. Save the book before a request is sent: who asks again with other blinded messages gets
nothing for these days [TOKENS-9].
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from dp3t.codec import Fields, Value, decode, encode, integers
from dp3t.errors import ExpiredError, MalformedError
from dp3t.params import LAST_DAY
from dp3t.primitives import Rand
from dp3t.publication.authorization import UploadCode
from dp3t.publication.token_keys import TokenKeys
from dp3t.publication.token_request import BlindedDay, Issued, IssueRefusal, TokenRequest
from dp3t.publication.tokens import (
    MAX_SCOPE_LENGTH,
    TOKEN_DAYS,
    PendingToken,
    Token,
    require_scope,
)
from dp3t.timeline import Day

MAX_BOOK_BYTES = 2**16
"""The longest book."""

_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenBook:
    """The tokens of one person for one scope; secret, and replaced as a whole.

    Attributes:
        scope: of all its tokens.
        listed: the list of keys that was seen last; None before the first.
        pending: tokens that are asked for, one of a day, ascending.
        tokens: those that can be spent, one of a day, ascending.
        used: days for which there is nothing to ask any more, ascending: the token was taken out,
            or another was issued.

    Raises:
        MalformedError: a book of another form.
    """

    scope: str
    listed: TokenKeys | None = None
    pending: tuple[PendingToken, ...] = field(default=(), repr=False)
    tokens: tuple[Token, ...] = field(default=(), repr=False)
    used: tuple[Day, ...] = ()

    def __post_init__(self) -> None:
        require_scope(self.scope)
        scopes = {each.key.scope for each in self.pending} | {each.scope for each in self.tokens}
        if scopes - {self.scope}:
            raise MalformedError("a token of the book is of another scope")
        for days in (self._pending_days, self._token_days, self.used):
            if tuple(sorted(set(days))) != days or len(days) > TOKEN_DAYS:
                raise MalformedError("the days of a book of tokens do not ascend")
        if len({*self._known_days}) < len(self._known_days):
            raise MalformedError("a day stands twice in a book of tokens")

    @property
    def _pending_days(self) -> tuple[Day, ...]:
        return tuple(each.key.day for each in self.pending)

    @property
    def _token_days(self) -> tuple[Day, ...]:
        return tuple(each.day for each in self.tokens)

    @property
    def _known_days(self) -> tuple[Day, ...]:
        return (*self._pending_days, *self._token_days, *self.used)

    def prepared(
        self, keys: TokenKeys, *, rand: Rand, nonce: Callable[[], bytes] | None = None
    ) -> "TokenBook":
        """Return the book with a pending token for each day that lacks one [TOKENS-22].

        What is of days before the list's is forgotten.

        Args:
            keys: a list that was verified.
            rand: for nonces, prefixes, salts and blinding.
            nonce: returns another nonce each time, of a scope whose nonces are public keys.

        Raises:
            VerificationError: the list names another key than the last one [TOKENS-15].
            UnknownKeyError: it has no keys of the scope.
        """
        if self.listed is not None:
            keys.require_continues(self.listed)
        kept = self._since(keys.day)
        known = set(kept._known_days)
        fresh = [
            PendingToken.begin(key, rand=rand, nonce=nonce() if nonce else None)
            for key in keys.of(self.scope)
            if key.day not in known
        ]
        pending = sorted((*kept.pending, *fresh), key=lambda each: each.key.day)
        return replace(kept, listed=keys, pending=tuple(pending))

    def request(self, code: UploadCode) -> TokenRequest | None:
        """Return what asks for every pending token; None where there is none."""
        if not self.pending:
            return None
        wanted = tuple(BlindedDay(each.key.day, each.blinded) for each in self.pending)
        return TokenRequest(code=code, scope=self.scope, wanted=wanted)

    def answered(self, issued: Sequence[Issued]) -> "TokenBook":
        """Return the book with the tokens that an answer brought [TOKENS-5].

        A day that the server has no key for stays pending; one for which it has signed another
        blinded message has no token any more.

        Args:
            issued: what the answer says of each pending token, in their order.

        Raises:
            VerificationError: a signature is none; the book stays as it was.
            ValueError: the answer is to another request.
        """
        waiting, tokens, used = list[PendingToken](), list(self.tokens), list(self.used)
        for pending, outcome in zip(self.pending, issued, strict=True):
            if isinstance(outcome, bytes):
                tokens.append(pending.finish(outcome))
            elif outcome is IssueRefusal.ISSUED:
                used.append(pending.key.day)
            else:
                waiting.append(pending)
        return replace(
            self,
            pending=tuple(waiting),
            tokens=tuple(sorted(tokens, key=lambda each: each.day)),
            used=tuple(sorted(used)),
        )

    def take(self, today: Day) -> tuple[Token, "TokenBook"]:
        """Return the token of a day and the book without it; save that before it is spent.

        Raises:
            ExpiredError: there is none, or none any more.
        """
        for token in self.tokens:
            if token.day == today:
                rest = tuple(each for each in self.tokens if each is not token)
                return token, replace(self, tokens=rest, used=tuple(sorted((*self.used, today))))
        raise ExpiredError("there is no token of this day, or it was taken already")

    def _since(self, day: Day) -> "TokenBook":
        return replace(
            self,
            pending=tuple(each for each in self.pending if each.key.day >= day),
            tokens=tuple(each for each in self.tokens if each.day >= day),
            used=tuple(each for each in self.used if each >= day),
        )

    def encode(self) -> bytes:
        """Return the book for storage; whoever reads it can spend the tokens."""
        return encode(
            {
                "listed": b"" if self.listed is None else self.listed.encode(),
                "pending": [each.encode() for each in self.pending],
                "scope": self.scope,
                "tokens": [each.encode() for each in self.tokens],
                "used": list(self.used),
                "version": _VERSION,
            }
        )

    @classmethod
    def decode(cls, data: bytes) -> "TokenBook":
        """Return the book that `encode` stored.

        Raises:
            MalformedError: any other bytes; LimitError where they are too many.
        """
        fields = Fields(decode(data, limit_bytes=MAX_BOOK_BYTES), what="the book of tokens")
        fields.version(_VERSION)
        listed = fields.octets("listed")
        pending = _octets(fields.items("pending", most=TOKEN_DAYS))
        tokens = _octets(fields.items("tokens", most=TOKEN_DAYS))
        used = integers(fields.value("used"), lowest=0, highest=LAST_DAY, what="used")
        book = cls(
            scope=fields.text("scope", longest=MAX_SCOPE_LENGTH),
            listed=TokenKeys.decode(listed) if listed else None,
            pending=tuple(map(PendingToken.decode, pending)),
            tokens=tuple(map(Token.decode, tokens)),
            used=tuple(map(Day, used)),
        )
        fields.done()
        return book


def _octets(values: Sequence[Value]) -> list[bytes]:
    found = [value for value in values if isinstance(value, bytes)]
    if len(found) != len(values):
        raise MalformedError("a book of tokens holds something other than bytes")
    return found
