"""Phones of the unlinkable design whose seeds are known."""

from dp3t.proximity.advertisement import Metadata, ServiceData
from dp3t.proximity.unlinkable import Unlinkable, UnlinkableKey, UnlinkableRing, identifier_of_seed
from dp3t.timeline import Day, Instant, day_start

DAY = Day(18_377)
NOON = Instant(day_start(DAY) + 43_200)
EPOCH = NOON // 900
SEED = bytes(range(32))
DESIGN = Unlinkable()
METADATA = Metadata(tx_power_dbm=-12)


def seed_of(epoch: int) -> bytes:
    return epoch.to_bytes(32, "big")


def ring_of(*epochs: int) -> UnlinkableRing:
    return UnlinkableRing(tuple(UnlinkableKey(epoch, seed_of(epoch)) for epoch in epochs))


def said(seed: bytes) -> ServiceData:
    return ServiceData(identifier_of_seed(seed) + METADATA.encode())
