"""Phones that visit the two places of these tests, and what comes of it."""

from dp3t.phone import Phone
from dp3t.publication.batch import Batch
from dp3t.timeline import Instant, day_start
from phones import DAY, new, rand
from venues import Place, batch_of_traces

MARKET, SCHOOL = Place.named("Chợ Đồng Xuân"), Place.named("Trường Trưng Vương")
NINE = Instant(day_start(DAY) + 9 * 3600)
OUT = Instant(day_start(DAY) + 22 * 3600)
"""The release at which the traces come."""


def visited(*, place: Place = MARKET, start: int = NINE, minutes: int = 30) -> Phone:
    phone = new("gaen", now=start - 600)
    stay(phone, place, start=start, minutes=minutes)
    return phone


def stay(phone: Phone, place: Place, *, start: int, minutes: int) -> None:
    phone.tick(Instant(start), rand=rand)
    visit = phone.check_in(place.entry, now=Instant(start), rand=rand)
    end = Instant(start + 60 * minutes)
    phone.tick(end, rand=rand)
    phone.check_out(visit, now=end, rand=rand)


def told(phone: Phone, batch: Batch) -> int:
    phone.tick(Instant(max(batch.release, phone._clock)), rand=rand)
    return len(phone.ingest(batch))


def waiting(phone: Phone) -> int:
    return len(phone._visits._waiting)


def lasting(phone: Phone) -> int:
    return len(phone.check_ins)


def exposed(place: Place, start: int, end: int, *, release: int = OUT) -> Batch:
    return batch_of_traces(place.traces(start, end), release=release)
