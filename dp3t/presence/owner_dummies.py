"""Dummy uploads of a venue owner's app, which hide which venues are asked for a trace (PL4).

They have the size, the route and the answer of a real upload, and come when the dice say.
"""

from dataclasses import dataclass, field

from dp3t.codec import Fields, Value
from dp3t.presence.pretrace import PRE_TRACE_BYTES
from dp3t.presence.upload import TraceUpload
from dp3t.primitives import (
    SEALED_BOX_OVERHEAD_BYTES,
    Rand,
    X25519PublicKey,
    seal_box,
)
from dp3t.publication.authorization import UploadCode
from dp3t.publication.dummy import DummySchedule
from dp3t.timeline import Instant


@dataclass(frozen=True, slots=True)
class OwnerDummies:
    """What an owner's app keeps in order to send dummies: when the next is due.

    Nothing that the owner does changes it; a real upload comes on top [UPLOAD-6].

    Attributes:
        schedule: hides its moment in the repr.
    """

    schedule: DummySchedule = field(repr=False)

    @classmethod
    def first(cls, *, now: Instant, rand: Rand) -> "OwnerDummies":
        """Return what an app keeps that begins to work at `now` [UPLOAD-5]."""
        return cls(DummySchedule.first(now=now, rand=rand))

    def due(self, *, now: Instant) -> bool:
        """Return whether a dummy is to be uploaded now [UPLOAD-5]."""
        return self.schedule.due(now=now)

    def sent(self, *, now: Instant, rand: Rand) -> "OwnerDummies":
        """Return what is kept once the dummy that was due has been answered, however it was.

        Raises:
            TooEarlyError: none was due [UPLOAD-6].
        """
        return OwnerDummies(self.schedule.after(now=now, rand=rand))

    def to_value(self) -> Value:
        """Return the state for sealing."""
        return {"schedule": self.schedule.to_value()}

    @classmethod
    def from_value(cls, value: Value) -> "OwnerDummies":
        """Return a state that `to_value` described; MalformedError otherwise."""
        fields = Fields(value, what="the owner's dummies")
        schedule = DummySchedule.from_value(fields.value("schedule"))
        fields.done()
        return cls(schedule)


def dummy_upload(authority: X25519PublicKey, *, rand: Rand) -> TraceUpload:
    """Return an upload that says nothing, under a code that nobody issued [UPLOAD-7].

    The box is a real seal to the authority, for random bytes alone would not pass for its fresh
    public key: every second string of 32 bytes is none.

    Args:
        authority: its key.
        rand: the content, the box's key and the code.
    """
    nothing = rand(PRE_TRACE_BYTES - SEALED_BOX_OVERHEAD_BYTES)
    return TraceUpload(UploadCode.generate(rand=rand), seal_box(authority, nothing, rand=rand))
