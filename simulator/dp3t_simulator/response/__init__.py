"""What people and authorities do about the epidemic: tests, staying at home, tracing, uploads.

`of` makes a `Response` of a world, which is asked three times a day. The chapter is
`spec/simulator/response.md`.
"""

from dp3t_simulator.response.response import Response, of

__all__ = ["Response", "of"]
