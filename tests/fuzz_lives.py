"""Phones that met and reported, whose state and files are good inputs of the fuzz loop."""

from dataclasses import dataclass

from dp3t.params import STANDARD
from dp3t.phone import Phone
from dp3t.primitives import Rand
from dp3t.proximity.advertisement import Metadata
from dp3t.proximity.sharing import Sharing
from dp3t.publication.batch import Batch, BatchName
from dp3t.publication.report import Report
from dp3t.publication.signing import SigningKey, TrustedKeys
from dp3t.timeline import Instant, day_of

NOW = Instant(1_625_486_400)
MET = Instant(NOW + 120)
REPORTED = Instant(NOW + 7200)
RELEASE = Instant(NOW + 14_400)
KEY = SigningKey(seed=bytes(32), valid_from=Instant(0), valid_until=Instant(2**32 - 1))
TRUSTED = TrustedKeys([KEY.public()])
STATE_KEY = bytes(32)
METADATA = Metadata(tx_power_dbm=-20)
SHARING = Sharing(threshold=3, shares=12)


@dataclass(frozen=True, slots=True)
class Life:
    """A phone that met another, which reported; then it reported itself."""

    phone: Phone
    words: bytes
    batch: Batch
    report: Report


def life_of(name: str, rand: Rand) -> Life:
    """Return the life of a phone of a design."""
    phone, other = (Phone.create(name, now=MET, rand=rand) for _ in range(2))
    words = other.advertisement(MET, metadata=METADATA)
    phone.hear(words, now=MET, rssi_dbm=-60)
    theirs = other.report(since=day_of(NOW), now=REPORTED, rand=rand)
    batch = phone.design.publish(
        theirs.records,
        name=BatchName(design=name, region="VN", release=RELEASE),
        parameters=STANDARD,
        rand=rand,
    )
    phone.tick(RELEASE, rand=rand)
    phone.ingest(batch)
    ours = phone.report(since=day_of(NOW), now=RELEASE, rand=rand)
    return Life(phone, words, batch, ours)
