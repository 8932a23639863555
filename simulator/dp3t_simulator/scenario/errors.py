"""What a scenario is refused with."""

from dp3t import MalformedError


class ScenarioError(MalformedError):
    """A scenario that cannot be run; the message names the settings and what is allowed."""
