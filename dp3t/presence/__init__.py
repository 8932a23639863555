"""QR check-in at public places: visits that stay on the phone, traces that only visitors read.

What a server, an app of a venue and an authority need is here; a phone's side is in `dp3t.Phone`.
The pairing library is loaded when the first point is made.
"""

from dp3t.presence.trace import (
    MAX_TRACES,
    PRESENCE,
    TRACE_BYTES,
    Message,
    Trace,
    padded,
    publish,
    traces_of,
)

__all__ = [
    "MAX_TRACES",
    "PRESENCE",
    "TRACE_BYTES",
    "Message",
    "Trace",
    "padded",
    "publish",
    "traces_of",
]
