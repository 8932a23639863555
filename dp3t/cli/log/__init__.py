"""`dp3t log`: what auditors and witnesses do with a server's transparency log."""

from dp3t.cli.log.command import app

__all__ = ["app"]
