"""Whom to call: the authority reads the slips of traced hours, and of no others.

It takes both keys. That of the hour exists only once owner and authority have made a trace; that of
the card is the authority's alone.
"""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from dp3t.errors import Dp3tError, MalformedError, VerificationError
from dp3t.presence.encryption import Ciphertext, IdentityKey
from dp3t.presence.pairing import G2Point
from dp3t.presence.slip import Slip, SlipMessage
from dp3t.presence.trace import Trace
from dp3t.primitives import X25519PrivateKey
from dp3t.timeline import Day, Stretch, day_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody whom the authority can warn.

    Attributes:
        contact: how they can be reached, as they wrote it: anybody can write anything.
        stays: when they were at the venue within the stretch, ascending; what touches is one.
    """

    contact: str = field(repr=False)
    stays: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSlips:
    """What the slips of traced hours say.

    Attributes:
        contacts: everybody whose stay overlaps the stretch, each once, ascending.
        unreadable: how many slips are damaged, or hold no card that the authority can open.
    """

    contacts: tuple[Contact, ...]
    unreadable: int


def open_slips(
    slips: Iterable[Slip], traces: Iterable[Trace], private: X25519PrivateKey, *, stretch: Stretch
) -> OpenedSlips:
    """Return who was at a venue in a stretch, from the slips of its traced hours [SLIP-13].

    Args:
        slips: of the venue; one of a day without a trace costs no pairing.
        traces: of all hours of the stretch: what `complete` returned, and for the hours that it
            left out those that were published before. Slips of an hour without its trace stay shut.
        private: the authority's key.
        stretch: of the request.

    Raises:
        MalformedError: the key of a trace is no point.
    """
    keys: dict[Day, list[IdentityKey]] = {}
    for trace in traces:
        keys.setdefault(trace.day, []).append(trace.identity_key())
    stays, unreadable = dict[str, list[Stretch]](), 0
    for slip in set(slips):
        try:
            visitor = _visitor(slip, keys.get(slip.day, ()), private)
        except Dp3tError:
            unreadable += 1  # one bad slip must not hide the others [SLIP-15]
            continue
        if visitor is not None and visitor[1].overlaps(stretch):
            stays.setdefault(visitor[0], []).append(visitor[1].within(stretch))
    return OpenedSlips(
        contacts=tuple(
            Contact(contact=contact, stays=_joined(stays[contact])) for contact in sorted(stays)
        ),
        unreadable=unreadable,
    )


def _visitor(
    slip: Slip, keys: Collection[IdentityKey], private: X25519PrivateKey
) -> tuple[str, Stretch] | None:
    """Return who a slip is of and when they were there; None if it is of none of the hours.

    Raises:
        Dp3tError: it is of one of them, or of no hour at all, and cannot be read.
    """
    data = _decrypted(Ciphertext.decode(slip.ciphertext), keys) if keys else None
    if data is None:
        return None
    message = SlipMessage.decode(data)
    if day_of(message.hour) != slip.day:
        raise MalformedError("the slip is filed under another day than its hour's")
    return message.card.open(private), message.stay


def _decrypted(ciphertext: Ciphertext, keys: Iterable[IdentityKey]) -> bytes | None:
    point = G2Point.from_bytes(ciphertext.c1)
    for key in keys:
        with suppress(VerificationError):
            return key.decrypt_at(point, ciphertext)
    return None


def _joined(stays: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """Return stays ascending, those that touch or overlap put together [SLIP-14]."""
    joined = list[Stretch]()
    for stay in sorted(stays):
        if joined and stay.start <= joined[-1].end:
            joined[-1] = Stretch(joined[-1].start, max(joined[-1].end, stay.end))
        else:
            joined.append(stay)
    return tuple(joined)
