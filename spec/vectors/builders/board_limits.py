"""Acts that a record refuses because there are too many of them, on a day or at all."""

from collections.abc import Iterator, Mapping

from dp3t.facilities.act import act_digest
from dp3t.facilities.presence_proof import presence_key
from dp3t.primitives import sha256
from spec.vectors.builders.board_refusals import NOW, Build, Case, base, case_of
from spec.vectors.builders.facility_record import TODAY, Record, at, key_of, objection

NEXT_DAY = at(1, 8)


def busy() -> Record:
    """Return a record in which facilities have said as much as they may in a day."""
    record, former = base(), b""
    for place in range(24):
        about = TODAY - 1 if place < 4 else TODAY
        signed = record.attest(
            "vy-da",
            at(0, 11),
            day=about,
            corrects=b"" if place == 4 else former,
            presence=presence_key(_key(place)),
        )
        former = act_digest(signed)
    for _ in range(8):
        record.answer("an-cuu", record.acts[6][1], at(0, 11))
    for place in range(7):
        record.rekey("kim-long", at(0, 11), key_of(f"new {place}"))
    return record


def limits() -> Iterator[Case]:
    """Return the cases."""
    for name, (clause, refusal, build) in _CASES.items():
        received, signed = build(busy())
        yield case_of(f"on-a-busy-day-{name}", clause, refusal, received, signed, record="busy")


def _key(place: int) -> bytes:
    return sha256(b"seed %d of a proof of presence" % place)


_CASES: Mapping[str, tuple[str, str, Build]] = {
    "one-attestation-more": (
        "RECORD-16",
        "too-many",
        lambda r: (NOW, r.attest("vy-da", NOW, corrects=r.ends["vy-da"].previous)),
    ),
    "one-of-another-day": (
        "RECORD-16",
        "too-many",
        lambda r: (NOW, r.attest("vy-da", NOW, day=TODAY - 1)),
    ),
    "one-of-another-facility": (
        "RECORD-16",
        "",
        lambda r: (NOW, r.attest("an-cuu", NOW, corrects=sha256(r.acts[4][1]))),
    ),
    "after-midnight": ("RECORD-16", "", lambda r: (at(1, 0), r.attest("vy-da", at(1, 0)))),
    "one-answer-more": (
        "RECORD-16",
        "too-many",
        lambda r: (NOW, r.answer("an-cuu", r.acts[6][1], NOW)),
    ),
    "one-answer-more-the-day-after": (
        "RECORD-16",
        "too-many",
        lambda r: (NEXT_DAY, r.answer("an-cuu", r.acts[6][1], NEXT_DAY)),
    ),
    "one-key-more": (
        "RECORD-16",
        "too-many",
        lambda r: (NOW, r.rekey("kim-long", NOW, key_of("newest"))),
    ),
    "one-key-more-the-day-after": (
        "RECORD-16",
        "",
        lambda r: (NEXT_DAY, r.rekey("kim-long", NEXT_DAY, key_of("newest"))),
    ),
    "a-proof-under-the-eighth-last-key": (
        "OBJECTION-8",
        "",
        lambda _: (NOW, objection("vy-da", NOW, who="there", presence=_key(16))),
    ),
    "a-proof-under-the-ninth-last-key": (
        "OBJECTION-8",
        "bad-presence",
        lambda _: (NOW, objection("vy-da", NOW, who="there", presence=_key(15))),
    ),
}
