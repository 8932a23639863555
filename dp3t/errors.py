"""Every failure this library reports.

The tree answers one question: whose fault is it? Bytes that do not parse are `MalformedError`,
bytes that parse but are not authentic are `VerificationError`, and correct, authentic requests that
a rule forbids are `PolicyError`. Programming mistakes stay `TypeError` and `ValueError`.

No message holds a secret: a key, a code, an identifier of one's own or the plaintext of a seal.
"""


class Dp3tError(Exception):
    """The root of the tree."""


class MalformedError(Dp3tError):
    """Bytes or text do not have the form the specification gives them."""


class UnsupportedVersionError(MalformedError):
    """The bytes name a version of their format that this release does not read."""


class LimitError(MalformedError):
    """The input is larger than the specification allows."""


class VerificationError(Dp3tError):
    """The bytes have the right form but are not authentic."""


class UnknownKeyError(VerificationError):
    """The bytes are signed with a key that the reader does not trust at that time."""


class SplitViewError(VerificationError):
    """A transparency log signed two histories, and here is the evidence.

    Attributes:
        first: the signed note of the smaller history, or of either where they are of one size.
        second: the other signed note.
        proof: which start the second commits to; empty where both are of one size.
    """

    def __init__(
        self, message: str, *, first: bytes, second: bytes, proof: tuple[bytes, ...] = ()
    ) -> None:
        super().__init__(message)
        self.first = first
        self.second = second
        self.proof = proof


class PolicyError(Dp3tError):
    """The request is well-formed and authentic, and a rule forbids it."""


class UnauthorizedError(PolicyError):
    """The permission shown is not known."""


class ExpiredError(PolicyError):
    """The thing was good and is no longer."""


class TooEarlyError(PolicyError):
    """The thing is not good yet."""


class ReplayError(PolicyError):
    """The thing was good once and has been used."""


class ClockError(PolicyError):
    """The clock went back behind a moment that this state has already lived through."""


class TransportError(Dp3tError):
    """A server could not be reached or did not answer as the protocol says."""
