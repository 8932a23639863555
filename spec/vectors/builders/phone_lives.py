"""Phones that have lived: met, reported, been promised something, visited."""

from dp3t.params import MINIMAL
from dp3t.phone import Phone
from dp3t.presence.encryption import IdentityKey, partial_key
from dp3t.presence.entry import EntryCode
from dp3t.presence.identity import identity_of, secrets_of
from dp3t.presence.pairing import G2Point, Scalar
from dp3t.presence.trace import PRESENCE, Message, Trace, publish
from dp3t.primitives import Rand, sha256
from dp3t.proximity.advertisement import Metadata
from dp3t.publication.batch import BatchName
from dp3t.publication.receipt import Promise, Receipt
from dp3t.publication.signing import SigningKey
from dp3t.timeline import Day, Instant, Stretch, day_of, release_after

START = Instant(18_377 * 86_400 + 36_000)
"""Of every life."""

_FOREVER = SigningKey(seed=bytes(range(32)), valid_from=Instant(0), valid_until=Instant(2**32 - 1))


def stream(label: str) -> Rand:
    """Return bytes that are the same in every run: a vector's dice."""
    drawn = 0

    def rand(length: int) -> bytes:
        nonlocal drawn
        drawn += 1
        blocks = (sha256(f"{label} {drawn} {n}".encode()) for n in range(length // 32 + 1))
        return b"".join(blocks)[:length]

    return rand


def lived_in(design: str) -> Phone:
    """Return a phone that met one that reported, matched it, and then reported itself."""
    rand = stream(design)
    ours, theirs = (
        Phone.create(design, now=START, rand=rand, parameters=MINIMAL) for _ in range(2)
    )
    for seconds in (0, 240, 480):
        now = Instant(START + seconds)
        for phone in (ours, theirs):
            phone.tick(now, rand=rand)
        words = theirs.advertisement(now, metadata=Metadata(tx_power_dbm=-24))
        ours.hear(words, now=now, rssi_dbm=-60 - seconds // 240)
    report = theirs.report(since=Day(0), now=Instant(START + 600), rand=rand)
    release = release_after(release_after(Instant(START + 600)))
    batch = ours.design.publish(
        report.records,
        name=BatchName(design=design, region="VN", release=release),
        parameters=MINIMAL,
        rand=rand,
    )
    ours.tick(release, rand=rand)
    ours.ingest(batch)
    ours.report(since=day_of(START), now=release, rand=rand)
    return ours


def promised(design: str) -> Phone:
    """Return the phone that has met and reported, when its report was accepted and half is out."""
    phone, rand = lived_in(design), stream("promised")
    records = phone.pending.records if phone.pending else ()
    release = release_after(Instant(START + 86_400))
    promise = Promise.of(
        records, design=design, region="VN", published_by=Instant(release + 86_400)
    )
    phone.report_accepted(Receipt.sign(promise, key=_FOREVER), region="VN")
    name = BatchName(design=design, region="VN", release=release)
    batch = phone.design.publish(
        records[: (len(records) + 1) // 2], name=name, parameters=MINIMAL, rand=rand
    )
    phone.ingest(batch)
    phone.caught_up("VN", listed=Stretch(Instant(release - 86_400), release))
    return phone


def answer_lost(design: str) -> Phone:
    """Return the phone that has reported, when its keys are out and it has no answer."""
    phone, rand = lived_in(design), stream("seen")
    name = BatchName(design=design, region="VN", release=release_after(Instant(START + 86_400)))
    records = phone.pending.records if phone.pending else ()
    phone.ingest(phone.design.publish(records, name=name, parameters=MINIMAL, rand=rand))
    return phone


def visiting(design: str) -> Phone:
    """Return the phone that has met, at one exposed place before and at another now."""
    phone, rand = lived_in(design), stream("visiting")
    owner, authority = Scalar.generate(rand=rand), Scalar.generate(rand=rand)
    market, school = (
        EntryCode.create(
            description=name,
            address="Hà Nội",
            public_key=G2Point.of(owner.plus(authority)),
            seed=rand(16),
        )
        for name in ("Chợ", "Trường")
    )
    arrival = release_after(Instant(START + 86_400))
    phone.tick(arrival, rand=rand)
    visit = phone.check_in(market, now=arrival, rand=rand)
    left = Instant(arrival + 5_400)
    phone.tick(left, rand=rand)
    phone.check_out(visit, now=left, rand=rand)
    phone.check_in(school, now=left, rand=rand)
    identity = identity_of(market.payload, start=arrival)
    key = partial_key(owner.plus(authority), identity=identity)
    trace = Trace.of(
        IdentityKey(identity=identity, key=key),
        day=day_of(arrival),
        message=Message("Hãy ở nhà.", Stretch(Instant(arrival + 60), left)),
        notification_key=secrets_of(market.payload).notification_key,
        rand=rand,
    )
    name = BatchName(design=PRESENCE, region="VN", release=release_after(left))
    phone.ingest(publish([trace], name=name))
    return phone
