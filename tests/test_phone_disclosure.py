"""spec/proximity/disclosure.md: what a phone discloses of what it has heard."""

import inspect
from dataclasses import replace
from typing import cast

import pytest

from dp3t.codec import encode
from dp3t.errors import MalformedError, PolicyError
from dp3t.params import DAY_SECONDS, STANDARD, Parameters
from dp3t.phone import Phone
from dp3t.primitives import X25519PrivateKey, X25519PublicKey
from dp3t.proximity.disclosure import DISCLOSURE_BYTES, Disclosure, Row, Standing
from dp3t.proximity.encounters import AttenuationClass, Encounter
from dp3t.timeline import Day, Instant, day_start
from phones import STATE_KEY
from street import DAY, MORNING, NOON, Street, every_design, ring_secrets, secrets, state

AUTHORITY = X25519PrivateKey(bytes(range(32)))
EVENING = Instant(day_start(DAY) + 20 * 3600 + 120)
REFERENCE = "7K2-4411"
SEVEN_MINUTES = range(0, 421, 30)
NEAR = -70
"""46 dB below what the other phone says it sends with."""

LISTENER = 2
FIVE_NEAR = Encounter(DAY, 5, AttenuationClass.NEAR, 5)
FIVE_UNKNOWN = Encounter(DAY, 5, AttenuationClass.UNKNOWN, 0)


def talk(street: Street, first: int, *, speaker: int, seconds: range = SEVEN_MINUTES) -> None:
    """Let the third phone hear another for some minutes, during one identifier's life."""
    words = street.say(street.phones[speaker], first)
    for second in seconds:
        street.hear(words, first + second, listener=LISTENER, rssi=NEAR)


def met(name: str, parameters: Parameters = STANDARD) -> Street:
    """Return three phones; the third met both others, of which the first has reported."""
    street = Street(name, parameters, phones=3)
    for speaker in (0, 1):
        talk(street, MORNING, speaker=speaker)
    batch = street.publish(street.report(NOON))
    assert len(street.found(batch, reader=LISTENER)) == 1
    street.tick(EVENING)
    return street


def disclose(
    phone: Phone, standing: Standing, *days: int, now: int = EVENING, reference: str = REFERENCE
) -> Disclosure:
    """Return what the official reads."""
    sealed = phone.disclose(
        days=[Day(day) for day in days],
        standing=standing,
        reference=reference,
        authority=AUTHORITY.public(),
        now=Instant(now),
        rand=lambda length: bytes(range(1, length + 1)),
    )
    assert len(sealed) == DISCLOSURE_BYTES
    return Disclosure.open(sealed, AUTHORITY, now=Instant(now))


@every_design
@pytest.mark.spec("DISCLOSURE-4")
def test_a_case_tells_of_everybody_and_a_suspected_case_of_the_patient(name: str) -> None:
    """GAEN's metadata of the other one stay encrypted, and a case is told from these."""
    phone = met(name).phones[LISTENER]
    suspected = disclose(phone, Standing.SUSPECTED, DAY)
    assert suspected.rows == (Row(FIVE_NEAR, 1),)
    case = disclose(phone, Standing.CASE, DAY)
    assert case.rows == (Row(FIVE_UNKNOWN if name == "gaen" else FIVE_NEAR, 2),)
    assert (case.standing, suspected.standing) == (Standing.CASE, Standing.SUSPECTED)
    assert (case.reference, case.days, case.issued, case.omitted) == (REFERENCE, (DAY,), DAY, 0)


@every_design
@pytest.mark.spec("DISCLOSURE-4")
def test_whoever_has_no_match_is_no_suspected_case_and_tells_of_nobody(name: str) -> None:
    phone = met(name).phones[1]
    for standing in Standing:
        assert disclose(phone, standing, DAY).rows == ()


@every_design
@pytest.mark.spec("DISCLOSURE-4")
def test_a_case_can_disclose_after_its_own_report(name: str) -> None:
    street = met(name)
    before = disclose(street.phones[LISTENER], Standing.CASE, DAY)
    street.report(EVENING, patient=LISTENER)
    assert disclose(street.phones[LISTENER], Standing.CASE, DAY) == before


@every_design
@pytest.mark.spec("DISCLOSURE-4", "DISCLOSURE-5")
def test_of_the_days_that_are_kept_only_the_chosen_ones_are_told(name: str) -> None:
    street = met(name)
    phone = street.phones[LISTENER]
    tomorrow = MORNING + DAY_SECONDS
    talk(street, tomorrow, speaker=1)
    now = EVENING + DAY_SECONDS
    for days, count in (((DAY,), 2), ((DAY + 1,), 1), ((DAY, DAY + 1), 3), ((DAY - 1,), 0)):
        found = disclose(phone, Standing.CASE, *days, now=now)
        assert found.days == days
        assert sum(row.count for row in found.rows) == count
        assert {row.encounter.day for row in found.rows} <= set(days)


@every_design
@pytest.mark.spec("DISCLOSURE-5", "DISCLOSURE-6")
def test_days_that_nobody_chose_or_that_are_not_kept_are_refused(name: str) -> None:
    phone = met(name).phones[LISTENER]
    before = state(phone)
    for days in ((), (DAY + 1,), (DAY - 15,), (DAY, DAY + 1)):
        with pytest.raises(PolicyError, match="day"):
            disclose(phone, Standing.CASE, *days)
    with pytest.raises(MalformedError, match="reference"):
        disclose(phone, Standing.CASE, DAY, reference="to whom")
    assert state(phone) == before


@pytest.mark.spec("DISCLOSURE-5")
def test_neither_days_nor_standing_nor_reference_have_a_default() -> None:
    taken = inspect.signature(Phone.disclose).parameters
    for name in ("days", "standing", "reference", "authority"):
        assert taken[name].default is inspect.Parameter.empty


@every_design
@pytest.mark.spec("DISCLOSURE-5")
def test_a_standing_is_what_it_says_also_where_it_comes_as_text(name: str) -> None:
    """Invalid: a third standing; whoever writes `case` gets no disclosure of matches."""
    phone = met(name).phones[LISTENER]
    for standing in Standing:
        text = cast(Standing, str(standing.value))
        assert disclose(phone, text, DAY) == disclose(phone, standing, DAY)
    with pytest.raises(MalformedError, match="case"):
        disclose(phone, cast(Standing, "curious"), DAY)


@every_design
@pytest.mark.spec("DISCLOSURE-1", "DISCLOSURE-5")
def test_to_disclose_changes_nothing_on_the_phone(name: str) -> None:
    phone = met(name).phones[LISTENER]
    before = state(phone)
    for standing in Standing:
        disclose(phone, standing, DAY, now=EVENING + 5 * DAY_SECONDS)
    assert state(phone) == before


@every_design
@pytest.mark.spec("DISCLOSURE-1")
def test_nothing_of_an_identifier_a_key_or_the_hour_is_in_what_the_official_reads(
    name: str,
) -> None:
    street = met(name)
    phone = street.phones[LISTENER]
    hidden = {one for each in street.phones for one in secrets(each.to_value())}
    hidden |= {one for each in street.phones for one in ring_secrets(each)}
    assert len(hidden) > 3
    for standing in Standing:
        value = disclose(phone, standing, DAY).to_value()
        assert not list(secrets(value))
        content = encode(value)
        assert not any(one in content for one in hidden)
        assert not any(one[:4] in content for one in hidden)
    other = Street(name, phones=3)
    talk(other, EVENING - 7200, speaker=0)
    talk(other, EVENING - 3600, speaker=0)
    told = disclose(other.phones[LISTENER], Standing.CASE, DAY)
    assert told == disclose(phone, Standing.CASE, DAY), "another hour, one phone twice"


@pytest.mark.spec("DISCLOSURE-4")
def test_every_design_tells_the_same_of_the_same_meetings() -> None:
    names = ("lowcost", "unlinkable", "hybrid", "gaen")
    phones = [met(name).phones[LISTENER] for name in names]
    suspected = [disclose(phone, Standing.SUSPECTED, DAY) for phone in phones]
    assert all(one == suspected[0] for one in suspected)
    *others, gaen = (disclose(phone, Standing.CASE, DAY) for phone in phones)
    assert all(one == others[0] for one in others)
    assert replace(gaen, rows=()) == replace(others[0], rows=())
    (row,), (unknown,) = others[0].rows, gaen.rows
    assert unknown == Row(
        replace(row.encounter, attenuation_class=AttenuationClass.UNKNOWN, score=0), row.count
    )


@every_design
@pytest.mark.spec("DISCLOSURE-4", "OBSERVATIONS-3")
def test_what_has_lost_its_times_and_what_was_saved_tell_the_same(name: str) -> None:
    phone = met(name).phones[LISTENER]
    before = disclose(phone, Standing.CASE, DAY)
    phone.settle(EVENING)
    assert disclose(phone, Standing.CASE, DAY) == before
    saved = phone.save(key=STATE_KEY, rand=bytes)
    assert disclose(Phone.load(saved, key=STATE_KEY), Standing.CASE, DAY) == before


@every_design
@pytest.mark.spec("DISCLOSURE-3", "PHONE-23")
def test_of_shares_the_time_is_told_and_the_nearness_is_unknown(name: str) -> None:
    street = Street(name, Parameters(shares=5, share_threshold=3), phones=3)
    for second in SEVEN_MINUTES:
        street.meet(MORNING + second, listener=LISTENER, rssi=NEAR)
    batch = street.publish(street.report(NOON))
    street.found(batch, reader=LISTENER)
    for standing in Standing:
        found = disclose(street.phones[LISTENER], standing, DAY)
        assert found.rows == (Row(FIVE_UNKNOWN, 1),)


class TestNearABoundary:
    """A contact of eight minutes before midnight UTC, where days, windows and epochs end."""

    FIRST = day_start(Day(DAY + 1)) - 540
    EIGHT_MINUTES = range(0, 481, 20)

    def rows(self, name: str, *, skew_seconds: int, standing: Standing) -> tuple[Row, ...]:
        """Return what is told of the contact, after the other phone's report."""
        street = Street(name, Parameters(clock_skew_seconds=skew_seconds), phones=3)
        talk(street, self.FIRST, speaker=0, seconds=self.EIGHT_MINUTES)
        after = self.FIRST + 3600
        batch = street.publish(street.report(after))
        street.found(batch, reader=LISTENER)
        return disclose(street.phones[LISTENER], standing, DAY, now=batch.release).rows

    @every_design
    @pytest.mark.spec("DISCLOSURE-18", "MATCHING-6")
    @pytest.mark.parametrize("skew_seconds", [0, 60, 74])
    def test_what_was_filed_twice_is_one_encounter(self, name: str, skew_seconds: int) -> None:
        for standing in Standing:
            (row,) = self.rows(name, skew_seconds=skew_seconds, standing=standing)
            assert (row.encounter.minutes, row.count) == (10, 1)

    @every_design
    @pytest.mark.spec("DISCLOSURE-18", "MATCHING-6")
    def test_with_a_skew_as_long_as_the_contact_it_still_is_unless_hashes_hide_it(
        self, name: str
    ) -> None:
        """Only a case of the unlinkable design tells of it more than once."""
        for standing in Standing:
            rows = self.rows(name, skew_seconds=600, standing=standing)
            hashed = name == "unlinkable" and standing is Standing.CASE
            assert max(row.encounter.minutes for row in rows) == 10
            assert (sum(row.count for row in rows) > 1) is hashed


@pytest.mark.parametrize("key", [bytes(32), AUTHORITY], ids=["bytes", "private"])
def test_a_key_of_another_kind_is_a_mistake_of_the_program(key: object) -> None:
    street = met("lowcost")
    with pytest.raises(TypeError, match="X25519PublicKey"):
        street.phones[LISTENER].disclose(
            days=[DAY],
            standing=Standing.CASE,
            reference=REFERENCE,
            authority=cast("X25519PublicKey", key),
            now=EVENING,
            rand=bytes,
        )
