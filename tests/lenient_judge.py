"""A judge who looks at no signature, for tests that alter what acts say."""

from dp3t.facilities.judging import Judge
from dp3t.facilities.ledger import Place
from dp3t.facilities.objection import Objection
from dp3t.publication.signing import TrustedKeys
from dp3t.publication.tokens import Token, TokenKey
from dp3t.timeline import Instant


class LenientJudge(Judge):
    """Judges all but signatures, tokens and proofs."""

    def _require_signed(
        self, signed: bytes, trusted: TrustedKeys, *, context: str, made: Instant
    ) -> None:
        del signed, trusted, context, made

    def _require_issued(self, token: Token, key: TokenKey) -> None:
        del token, key

    def _require_signature(self, objection: Objection, signed: bytes) -> None:
        del objection, signed

    def _require_presence(self, objection: Objection, place: Place) -> None:
        del objection, place

    def _require_list(self, signed: bytes) -> None:
        del signed
