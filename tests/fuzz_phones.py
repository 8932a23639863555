"""Targets of the fuzz loop in a phone: its state, and what it keeps of others."""

from random import Random

from dp3t.codec import decode, encode
from dp3t.params import STANDARD
from dp3t.phone import Phone
from dp3t.primitives import seal
from dp3t.proximity.designs import design_named
from dp3t.proximity.disclosure import Disclosure, Standing
from dp3t.proximity.encounters import AttenuationClass, Encounter
from dp3t.publication.dummy import DummySchedule
from dp3t.timeline import Day, day_of
from fuzz_lives import NOW, STATE_KEY, Life
from fuzz_target import Target, of_value


def of_phones(lives: dict[str, Life]) -> dict[str, Target]:
    """Return the decoders of saved phones and what they keep."""
    rand = Random(1).randbytes
    phones = [life.phone for life in lives.values()]
    rings = {f"ring of {name}": _ring(name, life.phone) for name, life in lives.items()}
    return {
        "sealed phone": Target(
            lambda data: Phone.load(data, key=STATE_KEY),
            tuple(phone.save(key=STATE_KEY, rand=rand) for phone in phones),
        ),
        **{
            f"phone of {name}": Target(_phone_of, (encode(life.phone.to_value()),))
            for name, life in lives.items()
        },
        **rings,
        "dummy schedule": Target(
            of_value(DummySchedule.from_value), (encode(DummySchedule(NOW).to_value()),)
        ),
        "disclosure": Target(of_value(Disclosure.from_value), (_disclosure(),)),
    }


def _phone_of(data: bytes) -> Phone:
    """Load what somebody with the sealing key could have written."""
    header = b"dp3t phone" + (6).to_bytes(2, "big")
    return Phone.load(header + seal(STATE_KEY, data, header=header, rand=bytes), key=STATE_KEY)


def _ring(name: str, phone: Phone) -> Target:
    value = phone.to_value()
    assert isinstance(value, dict)

    def read(data: bytes) -> object:
        ring = design_named(name).ring(decode(data, limit_bytes=2**20), parameters=STANDARD)
        assert encode(ring.to_value()) == data
        return ring

    return Target(read, (encode(value["ring"]),))


def _disclosure() -> bytes:
    today = day_of(NOW)
    days = (Day(today - 1), today)
    encounters = [
        Encounter(day=day, minutes=15, attenuation_class=AttenuationClass.NEAR, score=10)
        for day in (*days, *days)
    ]
    made = Disclosure.of(
        encounters,
        days=days,
        standing=Standing.CASE,
        reference="HN-42",
        now=NOW,
        retention_days=14,
    )
    return encode(made.to_value())
