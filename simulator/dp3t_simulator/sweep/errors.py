"""What is wrong with a sweep, in one line."""

from dp3t import MalformedError


class SweepError(MalformedError):
    """A sweep that cannot be made or gone on with; the message says why and what is kept."""
