"""The authority's step: a venue's pre-trace becomes traces that can be published.

Nothing that the owner claims is believed. The identities follow from the entry code and the times,
and every key is checked against the public key that stands in the entry code: the one to which the
visitors' phones encrypted [PRETRACE-14].
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from dp3t.errors import (
    Dp3tError,
    PolicyError,
    ReplayError,
    UnauthorizedError,
    VerificationError,
)
from dp3t.presence.encryption import IdentityKey, partial_key
from dp3t.presence.entry import MAX_STAY_SECONDS, EntryCode
from dp3t.presence.identity import identity_of, interval_at, secrets_of
from dp3t.presence.pairing import G1Point, G2Point, Scalar
from dp3t.presence.pretrace import PreTrace, TraceRequest
from dp3t.presence.trace import Message, Trace
from dp3t.primitives import Rand, X25519PrivateKey, open_box
from dp3t.timeline import Instant, Stretch, day_of


def complete(
    pre_trace: PreTrace,
    private: X25519PrivateKey,
    *,
    request: TraceRequest,
    text: str,
    now: Instant,
    rand: Rand,
    published: Iterable[Trace] = (),
) -> tuple[Trace, ...]:
    """Return one trace for each hour of a request that is not published yet, ascending by hour.

    Args:
        pre_trace: what the owner sent, opened.
        private: the authority's key.
        request: what the official asked for, from the official's own notes.
        text: what visitors are told, 1 to 280 bytes.
        now: the present moment.
        rand: one draw of 24 bytes for each trace.
        published: traces that are published or completed already.

    Raises:
        UnauthorizedError: the reference is of another request [PRETRACE-9].
        PolicyError: a trace for a wrong interval, or at a time at which nobody can have been there
            under the entry code [PRETRACE-10] [PRETRACE-13].
        TooEarlyError: an hour that is to come or not over [PRETRACE-11].
        ExpiredError: an hour of a day that phones have erased [PRETRACE-11].
        VerificationError: the share is sealed to another authority, or a key does not belong to
            the entry code's public key [PRETRACE-12] [PRETRACE-14].
        MalformedError: an entry code or a text that nobody reads, or no point of the group
            [PRETRACE-15].
        ReplayError: every hour is published [PRETRACE-17].
    """
    _require_asked(pre_trace.request, request)
    request.require_traceable(now)
    entry = EntryCode.parse(pre_trace.payload)
    _require_valid_then(entry, request.stretch)
    message = Message(text, request.stretch)
    secret = secrets_of(pre_trace.payload).notification_key
    keys = tuple(_keys(pre_trace, _share(pre_trace, private), public_key=entry.public_key))
    known = _by_identity(published)
    traces = tuple(
        Trace.of(key, day=day_of(start), message=message, notification_key=secret, rand=rand)
        for start, key in keys
        if not _is_told(request.stretch.within(interval_at(start)), key, secret, known)
    )
    if not traces:
        raise ReplayError("the traces of this request are published already")
    return traces


def _require_asked(claimed: TraceRequest, request: TraceRequest) -> None:
    """Check that a pre-trace answers a request [PRETRACE-9] [PRETRACE-10]."""
    if claimed.reference != request.reference:
        raise UnauthorizedError("the pre-trace has the reference of another request")
    if claimed.stretch != request.stretch:
        raise PolicyError("the pre-trace is for a wrong interval, not for the one asked for")


def _require_valid_then(entry: EntryCode, stretch: Stretch) -> None:
    """Check that a visit under the entry code can lie in the stretch [PRETRACE-13].

    A visit goes on after the code has ended, for a day at most.
    """
    begun = entry.start is None or entry.start < stretch.end
    over = entry.end is not None and entry.end + MAX_STAY_SECONDS <= stretch.start
    if over or not begun:
        raise PolicyError("no visit under the entry code was possible at any time of the stretch")


def _share(pre_trace: PreTrace, private: X25519PrivateKey) -> Scalar:
    """Return the authority's share of the venue's key [PRETRACE-12]."""
    try:
        opened = open_box(private, pre_trace.sealed_share)
    except VerificationError:
        raise VerificationError("the venue's share is sealed to another authority") from None
    return Scalar.from_bytes(opened)


def _keys(
    pre_trace: PreTrace, share: Scalar, *, public_key: G2Point
) -> Iterator[tuple[Instant, IdentityKey]]:
    """Yield the start and the verified key of each hour [PRETRACE-14] [PRETRACE-15]."""
    for start, owners in zip(pre_trace.request.starts(), pre_trace.keys, strict=True):
        identity = identity_of(pre_trace.payload, start=Instant(start))
        ours = partial_key(share, identity=identity)
        key = IdentityKey(identity=identity, key=G1Point.from_bytes(owners).plus(ours))
        key.require_under(public_key)
        yield Instant(start), key


def _by_identity(traces: Iterable[Trace]) -> Mapping[bytes, list[Trace]]:
    found: dict[bytes, list[Trace]] = {}
    for trace in traces:
        found.setdefault(trace.identity, []).append(trace)
    return found


def _is_told(
    part: Stretch, key: IdentityKey, notification_key: bytes, known: Mapping[bytes, list[Trace]]
) -> bool:
    """Return whether a known trace warns of a part of an hour already [PRETRACE-17].

    A trace with another key warns nobody, whatever its identity says, and so does one that does not
    open: neither may stand in the way of one that does.
    """
    for trace in known.get(key.identity, ()):
        if trace.key == key.key.to_bytes():
            with suppress(Dp3tError):
                told = trace.open(notification_key).stretch
                if told.start <= part.start and part.end <= told.end:
                    return True
    return False
