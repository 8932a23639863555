"""QR check-in at public places: visits that stay on the phone, traces that only visitors read.

What a server, the app of a venue and an authority need is here; a phone's side is in `dp3t.Phone`.
The pairing library is loaded when the first point is made.
"""

from dp3t.presence.completion import complete
from dp3t.presence.entry import EntryCode, LocationType
from dp3t.presence.matching import PresenceMatch, match
from dp3t.presence.owner_dummies import OwnerDummies, dummy_upload
from dp3t.presence.pretrace import PRE_TRACE_BYTES, PreTrace, TraceRequest, pre_trace
from dp3t.presence.proof import PROOF_SEED_BYTES, presence_proof_seed
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
from dp3t.presence.upload import (
    TRACE_REFUSALS,
    TRACE_UPLOAD_BYTES,
    TraceUpload,
    check_trace_answer,
    encode_trace_answer,
)
from dp3t.presence.venue import VenueCode, set_up
from dp3t.presence.visit import CheckIn, VisitRecord

__all__ = [
    "MAX_TRACES",
    "PRESENCE",
    "PRE_TRACE_BYTES",
    "PROOF_SEED_BYTES",
    "TRACE_BYTES",
    "TRACE_REFUSALS",
    "TRACE_UPLOAD_BYTES",
    "CheckIn",
    "EntryCode",
    "LocationType",
    "Message",
    "OwnerDummies",
    "PreTrace",
    "PresenceMatch",
    "Trace",
    "TraceRequest",
    "TraceUpload",
    "VenueCode",
    "VisitRecord",
    "check_trace_answer",
    "complete",
    "dummy_upload",
    "encode_trace_answer",
    "match",
    "padded",
    "pre_trace",
    "presence_proof_seed",
    "publish",
    "set_up",
    "traces_of",
]
