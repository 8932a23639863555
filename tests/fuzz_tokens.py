"""Targets of the fuzz loop: anonymous tokens, what app and server exchange, an app's book."""

from dp3t.publication.token_book import TokenBook
from dp3t.publication.token_keys import LoggedTokenKeys, TokenKeys
from dp3t.publication.token_request import TokenRequest, check_token_answer
from dp3t.publication.tokens import PendingToken, Token
from fuzz_target import Target, again
from spec.vectors.tokens import KEY, SCOPE, TODAY, pending, signature_of
from vectors import load


def of_tokens() -> dict[str, Target]:
    """Return the decoders of tokens, lists, requests, answers and books."""
    asked = pending()
    answer = signature_of(asked.blinded)
    token = asked.finish(answer)
    lists = [each for each in _cases("continue") if "former" in each]
    book = TokenBook(scope=SCOPE, listed=TokenKeys.decode(bytes.fromhex(lists[0]["former"])))
    books = (TokenBook(scope=SCOPE, pending=(asked,)), TokenBook(scope=SCOPE, tokens=(token,)))
    return {
        "token": Target(again(_verified, Token.encode), (token.encode(),)),
        "pending token": Target(again(PendingToken.decode, PendingToken.encode), (asked.encode(),)),
        "blind signature": Target(asked.finish, (answer,)),
        "token keys": Target(
            again(TokenKeys.decode, TokenKeys.encode), (bytes.fromhex(lists[0]["former"]),)
        ),
        "logged token keys": Target(
            again(LoggedTokenKeys.decode, LoggedTokenKeys.encode),
            (LoggedTokenKeys(bytes(100), 7).encode(),),
        ),
        "request for tokens": Target(
            again(TokenRequest.decode, TokenRequest.encode), _bodies("request")
        ),
        "answer about tokens": Target(
            lambda data: check_token_answer(data, days=3), _bodies("answer", days=3)
        ),
        "book of tokens": Target(
            again(TokenBook.decode, TokenBook.encode),
            (book.encode(), *(each.encode() for each in books)),
        ),
    }


def _verified(data: bytes) -> Token:
    token = Token.decode(data)
    token.require_good(scope=SCOPE, today=TODAY)
    token.verify(KEY)
    return token


def _cases(operation: str) -> list[dict[str, str]]:
    wanted = {"operation": operation, "result": "valid"}
    return [case for case in load("token_exchange")["cases"] if wanted.items() <= case.items()]


def _bodies(operation: str, **fields: int) -> tuple[bytes, ...]:
    cases = [case for case in _cases(operation) if fields.items() <= case.items()]
    return tuple(
        bytes.fromhex(case["body"]).ljust(int(case["body_bytes"]), b"\0") for case in cases
    )
