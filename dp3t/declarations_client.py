"""The HTTP side of anonymous tokens: fetch the list of keys, prove that it is everybody's, ask.

Its connections are its own, so that none is used again for what the app sends with a token
[TOKENS-24].
"""

from dp3t.connection import Connected, Connection, Fetched, continued
from dp3t.errors import MalformedError
from dp3t.publication.authorization import UploadCode
from dp3t.publication.index import MAX_INDEX_BYTES
from dp3t.publication.server_view import NO_WITNESSES, ServerView, Witnesses
from dp3t.publication.token_book import TokenBook
from dp3t.publication.token_keys import MAX_LOGGED_BYTES, LoggedTokenKeys, TokenKeys
from dp3t.publication.token_request import TOKEN_ANSWER_BYTES, check_token_answer
from dp3t.publication.transparency import inclusion_tiles
from dp3t.timeline import Instant

__all__ = ["DeclarationsClient"]


class DeclarationsClient(Connected):
    """A connection to a server that gives tokens; use it as an asynchronous context manager.

    Attributes:
        view: what the app knows of the server; it changes with every list of keys, save it.
    """

    def __init__(
        self,
        base_url: str,
        *,
        view: ServerView,
        witnesses: Witnesses = NO_WITNESSES,
    ) -> None:
        """Prepare a connection.

        Args:
            base_url: scheme, host and port, and a path prefix if the server has one.
            view: what the app knows of the server; at first the keys from the app's own package.
            witnesses: who else has to have seen what the server's log shows.
        """
        self.view = view
        self._witnesses = witnesses
        super().__init__(Connection(base_url, None))

    async def fetch_token_keys(self, *, now: Instant) -> TokenKeys:
        """Return the list of the day, once the log is known to hold it [TOKENS-23].

        Raises:
            TransportError: the server is unreachable or breaks the protocol.
            VerificationError: index, log or list are not what a trusted key has signed, or the log
                does not hold the list.
            SplitViewError: the log shows another history than before.
            ExpiredError: index or list are too old.
            TooEarlyError: one was issued more than two hours after `now`.
            MalformedError: something is not of its form.
        """
        fetched = Fetched(self._connection)
        data = await fetched.get("/v1/tokens/keys", limit=MAX_LOGGED_BYTES)
        index = await fetched.get("/v1/index", limit=MAX_INDEX_BYTES)
        _, self.view = await continued(
            fetched, self.view, index, now=now, witnesses=self._witnesses
        )
        logged = LoggedTokenKeys.decode(data)
        keys = TokenKeys.open(
            logged.signed, trusted=self.view.trusted, region=self.view.region, now=now
        )
        size = self.view.log.size
        if logged.leaf >= size:
            raise MalformedError(f"the log has no place {logged.leaf} yet")
        tree = await fetched.tree(size, inclusion_tiles(logged.leaf, size))
        proof = tree.inclusion_proof(logged.leaf)
        self.view.log.require_included(keys.logged(logged.signed), index=logged.leaf, proof=proof)
        return keys

    async def ask_tokens(self, book: TokenBook, code: UploadCode) -> TokenBook:
        """Ask for every pending token; return the book with those that came [TOKENS-16].

        Save the book before and after. Repeating the call after a lost answer is safe.

        Raises:
            PolicyError: the server refused the code (UnauthorizedError, ExpiredError).
            VerificationError: a signature is none.
            TransportError: no answer, or none that is understood.
        """
        request = book.request(code)
        if request is None:
            return book
        _, answer = await self._connection.request(
            "POST", "/v1/tokens", limit=TOKEN_ANSWER_BYTES, body=request.encode()
        )
        return book.answered(check_token_answer(answer, days=len(request.wanted)))
