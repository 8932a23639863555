"""The file in which the terminal keeps a person's tokens; who reads it can spend them."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from dp3t.cli.authority_key import read_private
from dp3t.cli.files import alone, naming, write_whole
from dp3t.codec import Fields, Value, decode, encode
from dp3t.errors import MalformedError
from dp3t.facilities.objection_book import MAX_OBJECTION_BOOK_BYTES, ObjectionBook
from dp3t.publication.authorization import CODE_DIGITS, UploadCode
from dp3t.publication.server_view import ServerView
from dp3t.publication.token_book import TokenBook
from dp3t.publication.tokens import Token
from dp3t.timeline import Instant, day_of

MAX_TOKEN_FILE_BYTES = 2**18
_VERSION = 1
_VERSION_OF_OBJECTIONS = 2
_BOOKS: dict[int, type[TokenBook] | type[ObjectionBook]] = {
    _VERSION: TokenBook,
    _VERSION_OF_OBJECTIONS: ObjectionBook,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFile:
    """What is in the file.

    Attributes:
        code: for which the server gives tokens.
        held: the tokens; for objections with the key of each.
        view: what is known of the server.
    """

    code: UploadCode
    held: TokenBook | ObjectionBook = field(repr=False)
    view: ServerView

    @property
    def book(self) -> TokenBook:
        """The tokens alone."""
        return self.held.tokens if isinstance(self.held, ObjectionBook) else self.held

    def with_book(self, book: TokenBook) -> "TokenFile":
        """Return the file with tokens that an answer brought, and the keys that they need."""
        if not isinstance(self.held, ObjectionBook):
            return replace(self, held=book)
        nonces = {each.nonce for each in book.pending} | {each.nonce for each in book.tokens}
        seeds = {nonce: seed for nonce, seed in self.held.seeds.items() if nonce in nonces}
        return replace(self, held=ObjectionBook(book, seeds))

    @classmethod
    def read(cls, path: Path) -> "TokenFile":
        """Return what a file holds.

        Raises:
            PolicyError: others can read it.
            MalformedError: it holds something else.
            OSError: it cannot be read.
        """
        data = read_private(path, MAX_TOKEN_FILE_BYTES)
        with naming(path):
            fields = Fields(decode(data, limit_bytes=MAX_TOKEN_FILE_BYTES), what="a file of tokens")
            version = fields.version(_VERSION, _VERSION_OF_OBJECTIONS)
            book = fields.octets("book")
            if len(book) > MAX_OBJECTION_BOOK_BYTES:
                raise MalformedError("the book of tokens is too long")
            found = cls(
                code=UploadCode(fields.text("code", longest=CODE_DIGITS)),
                held=_BOOKS[version].decode(book),
                view=ServerView.decode(fields.octets("view")),
            )
            fields.done()
            return found

    def write(self, path: Path) -> None:
        """Write or replace a file that only its owner can read, whole or not at all."""
        value: Value = {
            "book": self.held.encode(),
            "code": self.code.digits(),
            "version": _VERSION if self.held is self.book else _VERSION_OF_OBJECTIONS,
            "view": self.view.encode(),
        }
        write_whole(path, encode(value), mode=0o600, force=True)


def take_token(path: Path, *, scope: str, now: Instant) -> Token:
    """Take the token of today out of a file; the file is written before it is returned [TOKENS-11].

    Raises:
        ExpiredError: there is none of today, or it was taken already.
        PolicyError: others can read the file.
        MalformedError: it holds something else, or tokens of another scope.
        OSError: it cannot be read or written.
    """
    with alone(path):
        found = TokenFile.read(path)
        if found.book.scope != scope:
            raise MalformedError(f"{path}: its tokens are for something else")
        token, rest = found.book.take(day_of(now))
        found.with_book(rest).write(path)
    return token
