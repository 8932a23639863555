"""What a phone says and hears over Bluetooth: frames, echoes of its own words, shares."""

from typing import NamedTuple

from dp3t.codec import Value
from dp3t.errors import ClockError, MalformedError
from dp3t.params import EPHID_BYTES, Parameters
from dp3t.primitives import Rand
from dp3t.proximity import advertisement
from dp3t.proximity.advertisement import EphID, ServiceData, identifier_of
from dp3t.proximity.interface import Design
from dp3t.proximity.observations import Kept
from dp3t.proximity.sharing.assembler import Assembler
from dp3t.proximity.sharing.share import Sharing
from dp3t.proximity.sharing.spreader import Spreader
from dp3t.timeline import Instant, slot_of

RSSI_UNKNOWN = 127
"""What Bluetooth says where it has no signal strength."""

_REMEMBERED = 2


class ToKeep(NamedTuple):
    """One sighting as the observations take it."""

    kept: Kept
    at: Instant
    rssi_dbm: int


class Radio:
    """The radio of one phone.

    Where the region spreads identifiers over shares, the groups of shares are in memory only and
    are not part of what a phone saves [SHARING-13].

    Attributes:
        recent: the last two identifiers broadcast, the latest last.
    """

    def __init__(self, design: Design, parameters: Parameters) -> None:
        """Have said and heard nothing."""
        self.recent: tuple[EphID, ...] = ()
        self._design = design
        self._parameters = parameters
        self._spreader: tuple[EphID, Spreader] | None = None
        self._sharing: Sharing | None = None
        self._assembler: Assembler | None = None
        if parameters.shares:
            self._sharing = Sharing(threshold=parameters.share_threshold, shares=parameters.shares)
            self._assembler = Assembler(self._sharing)

    def restarted(self) -> "Radio":
        """Return a radio that knows its last identifiers and no shares, after a wrong clock."""
        radio = Radio(self._design, self._parameters)
        radio.recent = self.recent
        return radio

    @property
    def shares(self) -> bool:
        """Whether the region spreads identifiers over shares."""
        return self._sharing is not None

    def spread(self, identifier: EphID, *, rand: Rand) -> None:
        """Broadcast shares of an identifier from now on, in fresh groups [SHARING-5]."""
        if self._sharing and (self._spreader is None or self._spreader[0] != identifier):
            spreader = Spreader(identifier, sharing=self._sharing, rand=rand)
            self._spreader = identifier, spreader

    def say(self, service_data: ServiceData) -> bytes:
        """Return the 31 bytes that carry an identifier, or the next share of it.

        Raises:
            ClockError: shares are to be sent and none of this identifier are prepared.
        """
        own = identifier_of(service_data)
        if own not in self.recent:
            self.recent = (*self.recent[1 - _REMEMBERED :], own)
        if self.shares:
            if self._spreader is None or self._spreader[0] != own:
                raise ClockError("tick the phone before it advertises")
            service_data = self._spreader[1].next()
        return advertisement.encode(service_data, service_uuid=self._design.service_uuid)

    def hear(self, received: bytes, *, at: Instant, rssi_dbm: int) -> list[ToKeep]:
        """Return what is to be kept of an advertisement [PHONE-4] [PHONE-14].

        With shares that is nothing until an identifier is recovered, and then its sightings in the
        release slot of the share that recovers it: who sends the last share chooses the identifier
        by it, and by then may have read it in a batch [PHONE-26].

        Raises:
            MalformedError: the bytes are not an advertisement of the design.
            LimitError: too many shares.
            TypeError: a strength that is no whole number.
            ValueError: an impossible strength.
        """
        if type(rssi_dbm) is not int:
            raise TypeError("a signal strength is a whole number of dBm")
        if not -128 <= rssi_dbm <= 127:
            raise ValueError("a signal strength lies between -128 and 127 dBm")
        service_data = advertisement.decode(received, service_uuid=self._design.service_uuid)
        if rssi_dbm == RSSI_UNKNOWN:
            return []
        if self._assembler is None:
            return self._to_keep(service_data, at, rssi_dbm)
        heard = self._assembler.hear(service_data, at=at, rssi_dbm=rssi_dbm)
        return [
            one
            for sighting in heard
            if slot_of(sighting.at) == slot_of(at)
            for one in self._to_keep(
                ServiceData(sighting.identifier), sighting.at, sighting.rssi_dbm
            )
        ]

    def pass_time(self, now: Instant) -> None:
        """Drop groups of shares that no longer grow [SHARING-12]."""
        if self._assembler is not None:
            self._assembler.expire(now=now)

    def recent_to_value(self) -> Value:
        """Return the identifiers broadcast last, for sealing."""
        return list(self.recent)

    def restore_recent(self, items: list[Value]) -> None:
        """Take back what `recent_to_value` gave; MalformedError for anything else."""
        for item in items:
            if not isinstance(item, bytes) or len(item) != EPHID_BYTES:
                raise MalformedError("the saved phone's broadcast is no identifier")
            self.recent = (*self.recent, EphID(item))

    def _to_keep(self, service_data: ServiceData, at: Instant, rssi_dbm: int) -> list[ToKeep]:
        if identifier_of(service_data) in self.recent:
            return []
        kept = self._design.kept(service_data, at=at, parameters=self._parameters)
        return [ToKeep(one, at, rssi_dbm) for one in kept]
