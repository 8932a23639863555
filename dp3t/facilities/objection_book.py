"""What an app keeps for objections: a book of tokens, and the key that is each token's nonce.

Save the book before a request is sent, as any book of tokens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from dp3t.codec import Fields, decode, encode
from dp3t.errors import MalformedError
from dp3t.facilities.objection import OBJECTIONS_SCOPE, objection_key_of
from dp3t.primitives import ED25519_SEED_BYTES, Rand
from dp3t.publication.signing import SigningKey
from dp3t.publication.token_book import MAX_BOOK_BYTES, TokenBook
from dp3t.publication.token_keys import TokenKeys
from dp3t.publication.token_request import Issued
from dp3t.publication.tokens import TOKEN_DAYS, Token
from dp3t.timeline import Day

MAX_OBJECTION_BOOK_BYTES = MAX_BOOK_BYTES + 2**10
"""The longest book."""

_MOST_SEEDS = 2 * TOKEN_DAYS
_VERSION = 1


@dataclass(frozen=True, slots=True)
class ObjectionBook:
    """The tokens of one person for objections, with their keys; secret, replaced as a whole.

    Attributes:
        tokens: of the scope `objections`.
        seeds: 32 bytes each, by the nonce of the token that is pending or there.

    Raises:
        MalformedError: a book of another form, or a token whose key is not there [OBJECTION-10].
    """

    tokens: TokenBook = field(default_factory=lambda: TokenBook(scope=OBJECTIONS_SCOPE))
    seeds: Mapping[bytes, bytes] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if self.tokens.scope != OBJECTIONS_SCOPE:
            raise MalformedError("a book of objections holds tokens for something else")
        if _nonces(self.tokens) != set(self.seeds):
            raise MalformedError("a book of objections lacks a key, or has one too many")
        object.__setattr__(self, "seeds", MappingProxyType(dict(self.seeds)))

    def prepared(self, keys: TokenKeys, *, rand: Rand) -> "ObjectionBook":
        """Return the book with a pending token, and its key, for each day that lacks one.

        Args:
            keys: a list that was verified.
            rand: for keys, prefixes, salts and blinding.

        Raises:
            VerificationError: the list names another key than the last one [TOKENS-15].
            UnknownKeyError: it has no keys for objections.
        """
        drawn = dict(self.seeds)

        def nonce() -> bytes:
            seed = rand(ED25519_SEED_BYTES)
            public = objection_key_of(seed).public().public
            drawn[public] = seed
            return public

        return _with(self.tokens.prepared(keys, rand=rand, nonce=nonce), drawn)

    def answered(self, issued: Sequence[Issued]) -> "ObjectionBook":
        """Return the book with the tokens that an answer brought; see `TokenBook.answered`.

        Raises:
            VerificationError: a signature is none; the book stays as it was.
            ValueError: the answer is to another request.
        """
        return _with(self.tokens.answered(issued), self.seeds)

    def take(self, today: Day) -> tuple[Token, SigningKey, "ObjectionBook"]:
        """Return the token of a UTC day, its key, and the book without them; save that first.

        Raises:
            ExpiredError: there is none, or none any more.
        """
        token, rest = self.tokens.take(today)
        return token, objection_key_of(self.seeds[token.nonce]), _with(rest, self.seeds)

    def encode(self) -> bytes:
        """Return the book for storage; whoever reads it can object."""
        seeds = [self.seeds[nonce] for nonce in sorted(self.seeds)]
        return encode({"seeds": seeds, "tokens": self.tokens.encode(), "version": _VERSION})

    @classmethod
    def decode(cls, data: bytes) -> "ObjectionBook":
        """Return the book that `encode` stored.

        Raises:
            MalformedError: any other bytes; LimitError where they are too many.
        """
        what = "the book of objections"
        fields = Fields(decode(data, limit_bytes=MAX_OBJECTION_BOOK_BYTES), what=what)
        fields.version(_VERSION)
        seeds = fields.items("seeds", most=_MOST_SEEDS)
        tokens = TokenBook.decode(fields.octets("tokens"))
        fields.done()
        held = {}
        for seed in seeds:
            if not isinstance(seed, bytes) or len(seed) != ED25519_SEED_BYTES:
                raise MalformedError(f"{what} holds something other than seeds")
            held[objection_key_of(seed).public().public] = seed
        book = cls(tokens, held)
        if book.encode() != data:
            raise MalformedError(f"the keys of {what} stand twice or out of order")
        return book


def _with(tokens: TokenBook, seeds: Mapping[bytes, bytes]) -> ObjectionBook:
    """Return a book with those of the keys that its tokens need."""
    needed = _nonces(tokens)
    return ObjectionBook(tokens, {each: seeds[each] for each in seeds if each in needed})


def _nonces(tokens: TokenBook) -> set[bytes]:
    return {each.nonce for each in tokens.pending} | {each.nonce for each in tokens.tokens}
